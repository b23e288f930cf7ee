{# What DuckDB and Spark write differently. No other file asks for the engine. #}

{# Text in one form: composed (NFC), without blanks, control and zero-width characters at its ends; empty text is
   missing. Most values are so already, which one look at their characters finds out. #}
{% macro as_text(value) -%}
    case
        when regexp_matches({{ value }}, '^$|^[^!-~]|[^ -~]|[^!-~]$')
            then nullif(regexp_replace(nfc_normalize({{ value }}), '^[\p{Z}\p{Cc}\p{Cf}\x{2800}\x{3164}]+|[\p{Z}\p{Cc}\p{Cf}\x{2800}\x{3164}]+$', '', 'g'), '')
        else {{ value }}
    end
{%- endmacro %}


{# A name as it is looked up: in upper case, letters and digits only, without accents. #}
{% macro as_name(value) -%}
    regexp_replace(upper(strip_accents({{ value }})), '[^\p{L}\p{N}]', '', 'g')
{%- endmacro %}


{% macro as_utc(value, first_day='0001-01-01') -%}
    {%- set text = 'upper(cast(' ~ value ~ ' as varchar))' -%}
    {%- set without_blank = 'regexp_replace(' ~ text ~ ", ' +([Z+-])', '\\1')" -%}
    {%- set with_seconds = 'regexp_replace(' ~ without_blank ~ ", '^(.{13}:[0-9]{2})([^:0-9].*)$', '\\1:00\\2')" -%}
    {%- set with_offset = 'try_cast(' ~ with_seconds ~ ' as timestamp with time zone)' -%}
    {%- set local_time = 'try_cast(' ~ value ~ ' as timestamp)' -%}
    case
        when regexp_matches(substr({{ text }}, 17), '(Z|UTC|[+-][0-9:]+)$')
            then case when {{ is_plausible(with_offset, first_day) }} then cast({{ with_offset }} at time zone 'UTC' as timestamp) end
        when {{ is_plausible(local_time, first_day) }}
            then {{ local_time }}{{ " at time zone '" ~ var('source_timezone') ~ "' at time zone 'UTC'" if var('source_timezone') != 'UTC' }}
    end
{%- endmacro %}


{# Text to a day; infinity, years of five digits and days before the first plausible one are none. #}
{% macro as_day(value, first_day='0001-01-01') -%}
    {%- set day = 'try_cast(' ~ value ~ ' as date)' -%}
    case when {{ is_plausible(day, first_day) }} then {{ day }} end
{%- endmacro %}


{% macro is_plausible(moment, first_day) -%}
    {{ moment }} >= '{{ first_day }}' and {{ moment }} < '9999-12-31'
{%- endmacro %}


{# Whether a value is a day or a moment, but one before the first plausible one. #}
{% macro is_before(value, first_day) -%}
    try_cast({{ value }} as timestamp) < '{{ first_day }}'
{%- endmacro %}


{% macro without_zero_date(value, is_birthday=false) -%}
    {%- if is_birthday -%}
    {{ value }}
    {%- else -%}
    case
        when
            cast({{ value }} as varchar) like '0000-00-00%'
            or try_cast({{ value }} as date) in ('0001-01-01', '1899-12-30', '1900-01-01', '1970-01-01')
            then null
        else {{ value }}
    end
    {%- endif -%}
{%- endmacro %}


{# Text to a whole number; a fraction is not rounded away. #}
{% macro as_whole(value) -%}
    {%- set whole = 'try_cast(' ~ value ~ ' as bigint)' -%}
    case
        when {{ whole }} <> 0 and try_cast({{ value }} as decimal(38, 18)) = {{ whole }} then {{ whole }}
        when try_cast({{ value }} as double) = 0 then {{ whole }}
    end
{%- endmacro %}


{# Text or a number to a decimal; one with more digits than the type is none, for nothing is rounded. What a floating
   number shows from its sixteenth digit on is no digit. #}
{% macro as_decimal(value, data_type) -%}
    {%- set decimal = 'try_cast(' ~ value ~ ' as ' ~ data_type ~ ')' -%}
    {%- set number = 'try_cast(' ~ value ~ ' as double)' -%}
    case
        when
            {{ decimal }} <> 0
            and try_cast({{ value }} as decimal(38, 24)) = try_cast({{ decimal }} as decimal(38, 24))
            then {{ decimal }}
        when abs({{ number }} - cast({{ decimal }} as double)) <= 1e-15 * abs({{ number }}) then {{ decimal }}
    end
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
    cast(json_object({% for name in columns %}'{{ name }}', {{ name }}{{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}


{# A value that tells two versions of a row apart, the same on either engine. #}
{% macro row_hash(columns) -%}
    md5({{ key_of(columns) }})
{%- endmacro %}


{# Several values as one text, a JSON array: two rows have the same only when every value is the same, whatever
   characters it holds; a missing value is not an empty one. #}
{% macro key_of(columns) -%}
    cast(to_json([{% for column in columns %}cast({{ column }} as varchar){{ ', ' if not loop.last }}{% endfor %}]) as varchar)
{%- endmacro %}


{# A key of one or more parts as people read it, joined by slashes; a slash inside a part is written \/, so that no two
   keys read alike. #}
{% macro readable_key(columns) -%}
    {%- if columns | length == 1 -%}
    coalesce({{ columns[0] }}, '')
    {%- else -%}
    case when coalesce({{ columns | join(', ') }}) is null then '' else concat(
        {%- for column in columns -%}
        replace(replace({{ column }}, '\', '\\'), '/', '\/'){{ ", '/', " if not loop.last }}
        {%- endfor -%}
    ) end
    {%- endif -%}
{%- endmacro %}


{% macro first_moment_after(day) -%}
    {{ first_moment_of(day ~ ' + interval 1 day') }}
{%- endmacro %}


{% macro first_moment_of(day) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
    cast({{ day }} as timestamp)
    {%- else -%}
    (cast({{ day }} as timestamp) at time zone '{{ var('reporting_timezone') }}' at time zone 'UTC')
    {%- endif -%}
{%- endmacro %}


{% macro one_day_after(moment) -%}
    ({{ moment }} + interval 1 day)
{%- endmacro %}


{% macro one_year_after(moment) -%}
    ({{ moment }} + interval 1 year)
{%- endmacro %}


{% macro reporting_date(moment) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
    cast({{ moment }} as date)
    {%- else -%}
    cast({{ moment }} at time zone 'UTC' at time zone '{{ var('reporting_timezone') }}' as date)
    {%- endif -%}
{%- endmacro %}


{# A moment in UTC as the clocks of a time zone show it. #}
{% macro at_time_zone(moment, time_zone) -%}
    ({{ moment }} at time zone 'UTC' at time zone {{ time_zone }})
{%- endmacro %}


{# The value that a share of the values are at or below, between two of them on the line that joins them (type 7). #}
{% macro quantile(value, share) -%}
    quantile_cont({{ value }}, {{ share }})
{%- endmacro %}


{# The names of the tz database that the engine knows: a relation with the column time_zone. #}
{% macro known_time_zones() -%}
    (select distinct name as time_zone from pg_timezone_names())
{%- endmacro %}


{% macro hours_between(earlier, later) -%}
    {{ dbt.datediff(earlier, later, 'second') }} / 3600.0
{%- endmacro %}


{% macro fingerprint(columns) -%}
    bit_xor(hash({{ columns | join(', ') }}))
{%- endmacro %}


{% macro row_fingerprint(columns) -%}
    cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
{%- endmacro %}


{% macro matches(value, pattern) -%}
    regexp_matches({{ value }}, {{ pattern }})
{%- endmacro %}


{# A name as it may be written in a host: what is neither letter nor digit may be a hyphen, a dot or missing. #}
{% macro host_name_pattern(name) -%}
    regexp_replace(lower({{ name }}), '[^\pL\pN]+', '[-.]?', 'g')
{%- endmacro %}


{# Whether a value looks like an e-mail address or a telephone number. #}
{% macro looks_personal(value) -%}
    regexp_matches({{ value }}, '[^@\s/]+@[^@\s/]+\.[A-Za-z]{2,}|(^|/)(\+[0-9][0-9 ().-]{7,18}|0[0-9]{1,2}[- .]?[0-9]{3,4}[- .][0-9]{4}|01[016789][0-9]{7,8})($|/)')
{%- endmacro %}


{% macro host_of(address) -%}
    nullif(regexp_extract(lower({{ address }}), '^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?([^/:?#]+)', 1), '')
{%- endmacro %}


{% macro has_json_values(object, names) -%}
    coalesce(
        length(list_filter(
            string_split({{ names }}, ','), lambda name: {{ json_value(object, 'name') }} is null
        )) = 0,
        true
    )
{%- endmacro %}


{% macro fail_with(message) -%}
    error({{ message }})
{%- endmacro %}


{% macro json_value(json, name) -%}
    json_extract_string({{ json }}, '$."' || replace({{ name }}, '"', '\"') || '"')
{%- endmacro %}


{% macro plausible_moment(moment, received_at) -%}
    case when {{ moment }} > {{ one_day_after(received_at) }} then {{ received_at }} else {{ moment }} end
{%- endmacro %}


{# A value of a UTM tag as it is compared: decoded, in one Unicode form, in lower case, its blanks single, without control
   characters; empty where it is one of the words for nothing. #}
{% macro comparable_tag(value) -%}
    {%- set decoded = 'coalesce(try(url_decode(replace(' ~ value ~ ", '+', ' '))), " ~ value ~ ')' -%}
    {%- set visible = 'regexp_replace(nfc_normalize(' ~ decoded ~ "), '\\p{Cf}', '', 'g')" -%}
    {%- set tidy = 'lower(trim(regexp_replace(' ~ visible ~ ", '[\\pZ\\s\\p{Cc}]+', ' ', 'g')))" -%}
    case
        when {{ tidy }} not in ('', '{{ var("words_for_nothing") | join("', '") }}') then {{ tidy }}
    end
{%- endmacro %}


{# The names of the parameters of an address, and of the keys of JSON, that have a value in one of the texts. #}
{% macro parameter_names(texts) -%}
    unnest(regexp_extract_all(
        lower(concat_ws(' ', {{ texts | join(', ') }})), '[?&"]([a-z0-9_]+)(?:=|" *: *")[^&#" ]', 1
    ))
{%- endmacro %}


{# The first moment of a day in a time zone, in UTC. #}
{% macro first_moment_in(day, time_zone) -%}
    (cast({{ day }} as timestamp) at time zone {{ time_zone }} at time zone 'UTC')
{%- endmacro %}


{# The names of a JSON object, one row each; of other JSON there are none. #}
{% macro json_names(json) -%}
    unnest(json_keys({{ json }}))
{%- endmacro %}


{# How many different values a window frame holds; nothing counts as no value. #}
{% macro count_distinct_over(value, frame) -%}
    count(distinct {{ value }}) over {{ frame }}
{%- endmacro %}


{# The names in a JSON object, each once: a list. #}
{% macro json_name_list(json) -%}
    list_distinct(json_keys({{ json }}))
{%- endmacro %}


{# A row for each element of a list. #}
{% macro each_of(list) -%}
    unnest({{ list }})
{%- endmacro %}


{# The values of some names of a JSON object as texts, read in one pass: a struct in the order of the names. #}
{% macro json_texts(json, names) -%}
    {%- set fields = [] -%}
    {%- for name in names -%}{%- do fields.append(tojson(name) ~ ': "VARCHAR"') -%}{%- endfor -%}
    from_json({{ json }}, '{{ ('{' ~ fields | join(', ') ~ '}') | replace("'", "''") }}')
{%- endmacro %}


{# The field of a struct at a place, from 1. #}
{% macro field_at(struct, place) -%}
    struct_extract_at({{ struct }}, {{ place }})
{%- endmacro %}


{# The values of the rows for which the condition holds, in order: a list. #}
{% macro sorted_list(value, condition) -%}
    list({{ value }} order by {{ value }}) filter (where {{ condition }})
{%- endmacro %}


{# How many values lie at or below each of some bounds and above the one before, in one pass: a list of (key: bound, value: count). The last bound is infinity. #}
{% macro counts_by_bound(value, bounds) -%}
    map_entries(histogram({{ value }}, {{ bounds }}) filter (where {{ value }} is not null and {{ bounds }} is not null))
{%- endmacro %}


{% macro infinity() -%}
    cast('infinity' as double)
{%- endmacro %}


{# The values of these names in a JSON object, as a list of numbers in their order: true is 1, false 0; text that is no
   number, lists, objects, not-a-number and infinity count as missing. #}
{% macro json_numbers(json, names) -%}
    list_transform(
        {{ names }},
        lambda name: case {{ json_value(json, 'name') }}
            when 'true' then 1 when 'false' then 0 else {{ as_finite(json_value(json, 'name')) }}
        end
    )
{%- endmacro %}


{# Numbers of a list, each as its logarithm with its sign: log(1 + number). #}
{% macro signed_logs(numbers) -%}
    list_transform({{ numbers }}, lambda number: sign(number) * ln(1 + abs(number)))
{%- endmacro %}


{# The sum of a list's numbers, kept between two bounds, times their weights; a missing one adds what being missing weighs. All are lists of one order. #}
{% macro weighted_total(numbers, weights, missing_weights, lowest, highest) -%}
    list_sum(list_transform(
        list_zip({{ numbers }}, {{ weights }}, {{ missing_weights }}, {{ lowest }}, {{ highest }}),
        lambda one: case
            when one[1] is null then one[3] else one[2] * greatest(one[4], least(one[5], one[1]))
        end
    ))
{%- endmacro %}


{# The rows of each table as the engine counts them: a relation with schema_name, table_name and row_count. #}
{% macro table_sizes(database) -%}
    (
        select schema_name, table_name, estimated_size as row_count
        from duckdb_tables()
        where database_name = '{{ database }}'
    )
{%- endmacro %}


{# The value at or below which a share of a window's values are: one of them (type 1). #}
{% macro quantile_over(value, share, frame) -%}
    quantile_disc({{ value }}, {{ share }}) over {{ frame }}
{%- endmacro %}


{% macro median_over(value, frame) -%}
    median({{ value }}) over {{ frame }}
{%- endmacro %}


{# The text files of a folder of the project with this ending: a relation with name (without folder and ending) and content. #}
{% macro text_files(folder, ending) -%}
    (
        select
            replace(regexp_replace(filename, '^.*/', ''), '{{ ending }}', '') as name,
            content
        from read_text('{{ folder }}/*{{ ending }}')
    )
{%- endmacro %}


{# A struct of the named fields, given as pairs of a name and an expression. #}
{% macro named_struct(fields) -%}
    struct_pack({% for name, value in fields %}{{ name }} := {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}


{# The words of a text that say something, in order and in lower case, as a list. Korean ones end where another script begins. #}
{% macro words_of(text) -%}
    list_filter(
        regexp_extract_all(lower(nfc_normalize({{ text }})), '[가-힣]+|[a-z0-9]+'),
        lambda word: word not in ('{{ var("search_stop_words") | join("', '") }}')
    )
{%- endmacro %}


{# The words of a text as they are looked up: without their endings. #}
{% macro search_words(text) -%}
    list_transform({{ words_of(text) }}, lambda word: {{ word_stem('word') }})
{%- endmacro %}


{# What a word is found by: itself, or if it is Korean, each pair of its syllables: a list. #}
{% macro search_terms_of(word) -%}
    case
        when {{ word }} >= '가' and length({{ word }}) > 1
            then list_transform(range(1, length({{ word }})), lambda place: substr({{ word }}, cast(place as int), 2))
        else [{{ word }}]
    end
{%- endmacro %}


{# A text as a whole: its words in one. #}
{% macro search_phrase(text) -%}
    array_to_string({{ search_words(text) }}, '')
{%- endmacro %}


{# Korean syllables without their final consonants. #}
{% macro open_syllables(text) -%}
    array_to_string(list_transform(
        string_split({{ text }}, ''),
        lambda letter: case
            when letter between '가' and '힣' then chr(unicode(letter) - (unicode(letter) - 44032) % 28) else letter
        end
    ), '')
{%- endmacro %}


{# A text letter by letter: Korean syllables as the two or three letters that are typed. #}
{% macro typed_letters(text) -%}
    array_to_string(list_transform(
        string_split({{ text }}, ''),
        lambda letter: case
            when letter between '가' and '힣' then
                chr(4352 + (unicode(letter) - 44032) // 588) || chr(4449 + (unicode(letter) - 44032) % 588 // 28)
                || case when (unicode(letter) - 44032) % 28 > 0 then chr(4519 + (unicode(letter) - 44032) % 28) else '' end
            else letter
        end
    ), '')
{%- endmacro %}
