{# What DuckDB and Spark write differently. No other file asks for the engine. #}

{# Text to a moment in UTC. Text that ends in an offset says which moment it is; other text is in the var
   source_timezone. Infinity is no moment. #}
{% macro as_utc(value) -%}
    {%- set local_time = 'try_cast(' ~ value ~ ' as timestamp)' -%}
    case
        when regexp_matches(substr(cast({{ value }} as varchar), 17), '(Z|[+-][0-9:]+)$')
            then cast(try_cast({{ value }} as timestamp with time zone) at time zone 'UTC' as timestamp)
        when isfinite({{ local_time }})
            then {{ local_time }}{{ " at time zone '" ~ var('source_timezone') ~ "' at time zone 'UTC'" if var('source_timezone') != 'UTC' }}
    end
{%- endmacro %}


{# Text to a day; infinity is none. #}
{% macro as_day(value) -%}
    case when isfinite(try_cast({{ value }} as date)) then try_cast({{ value }} as date) end
{%- endmacro %}


{# Text to a whole number; a fraction is not rounded away. #}
{% macro as_whole(value) -%}
    case when try_cast({{ value }} as double) = try_cast({{ value }} as bigint) then try_cast({{ value }} as bigint) end
{%- endmacro %}


{# Text to a number; not-a-number and infinity count as no number. #}
{% macro as_finite(value) -%}
    case when isfinite(try_cast({{ value }} as double)) then try_cast({{ value }} as double) end
{%- endmacro %}


{# Text that is JSON stays; other text becomes null. #}
{% macro as_json_text(value) -%}
    case when json_valid(cast({{ value }} as varchar)) then cast({{ value }} as varchar) end
{%- endmacro %}


{# Raw columns as one JSON object. #}
{% macro as_json(columns) -%}
    cast(json_object({% for name in columns %}'{{ name }}', raw_rows.{{ name }}{{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}


{# A value that tells two versions of a row apart, the same on either engine. #}
{% macro row_hash(columns) -%}
    md5(concat_ws('|', {% for name in columns %}coalesce(cast(raw_rows.{{ name }} as varchar), ''){{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}


{# The first moment, in UTC, of the day after a day of the var reporting_timezone. #}
{% macro first_moment_after(day) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
    cast({{ day }} + interval 1 day as timestamp)
    {%- else -%}
    cast({{ day }} + interval 1 day as timestamp) at time zone '{{ var('reporting_timezone') }}' at time zone 'UTC'
    {%- endif -%}
{%- endmacro %}


{% macro one_day_after(moment) -%}
    ({{ moment }} + interval 1 day)
{%- endmacro %}


{# The day of a moment in the var reporting_timezone. #}
{% macro reporting_date(moment) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
    cast({{ moment }} as date)
    {%- else -%}
    cast({{ moment }} at time zone 'UTC' at time zone '{{ var('reporting_timezone') }}' as date)
    {%- endif -%}
{%- endmacro %}


{# A number that changes when a set of rows changes. #}
{% macro fingerprint(columns) -%}
    bit_xor(hash({{ columns | join(', ') }}))
{%- endmacro %}


{# A number that changes when the row changes. #}
{% macro row_fingerprint(columns) -%}
    cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
{%- endmacro %}


{# Whether a text holds a match of a regular expression. #}
{% macro matches(value, pattern) -%}
    regexp_matches({{ value }}, {{ pattern }})
{%- endmacro %}


{# The host of an address, in lower case; empty for anything that is not an address. #}
{% macro host_of(address) -%}
    nullif(regexp_extract(lower({{ address }}), '^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?([^/:?#]+)', 1), '')
{%- endmacro %}


{# Whether a JSON object has a value for every one of some names (text, parted by commas). #}
{% macro has_json_values(object, names) -%}
    coalesce(
        length(list_filter(
            string_split({{ names }}, ','), name -> json_extract_string({{ object }}, '$."' || name || '"') is null
        )) = 0,
        true
    )
{%- endmacro %}


{# Ends the query with a message. #}
{% macro fail_with(message) -%}
    error({{ message }})
{%- endmacro %}


{# One value of a JSON object, as text. #}
{% macro json_value(json, name) -%}
    json_extract_string({{ json }}, {{ name }})
{%- endmacro %}


{# When something happened by a device's own clock; a clock more than a day ahead of the receipt is not believed. #}
{% macro plausible_moment(moment, received_at) -%}
    case when {{ moment }} > {{ one_day_after(received_at) }} then {{ received_at }} else {{ moment }} end
{%- endmacro %}
