{% macro raw_tables() %}
    {{ return({
        'app': ['customers', 'products', 'orders', 'order_items', 'order_status_events', 'subscription_changes'],
        'events': ['events'],
        'ads': ['campaigns', 'daily_performance'],
        'payments': ['payments', 'refunds', 'disputes'],
        'support': ['tickets'],
        'surveys': ['invitations', 'responses'],
        'experiments': ['experiments', 'variants', 'metrics', 'exposures', 'decisions'],
        'devices': ['readings', 'diagnoses'],
        'ml': ['models', 'predictions'],
        'bi': ['dashboards', 'dashboard_sources', 'dashboard_views', 'questions'],
        'platform': ['job_runs', 'query_runs', 'bills'],
        'privacy': ['consents', 'erasure_requests'],
        'finance': ['exchange_rates'],
    }) }}
{% endmacro %}


{% macro event_tables() %}
    {{ return(['events__events', 'devices__readings', 'ml__predictions', 'experiments__exposures']) }}
{% endmacro %}


{# The contract of a raw table: the seed's columns, and what their meta demands. #}
{% macro contract(system, table) %}
    {{ return(graph.nodes['seed.groundwork.raw_' ~ system ~ '__' ~ table]) }}
{% endmacro %}


{% macro judged(system, table) -%}
    {%- if system ~ '__' ~ table in event_tables() -%}
    select * from {{ ref('judged_' ~ system ~ '__' ~ table) }}
    {%- else -%}
    {{ ranked_by_version(system, table, typed_rows(system, table)) }}
    {%- endif -%}
{%- endmacro %}


{% macro rejected(system, table) -%}
    {%- if system ~ '__' ~ table in event_tables() -%}
    select * from {{ ref('judged_' ~ system ~ '__' ~ table) }}
    where fate = 'rejected'
    {%- else -%}
    select * from ({{ typed_rows(system, table) }}) as typed_rows
    where reject_reason is not null and not is_later
    {%- endif -%}
{%- endmacro %}


{# Adds fate to typed rows. #}
{% macro ranked_by_version(system, table, typed_rows) -%}
    {%- if execute -%}
    {%- set meta = contract(system, table).config.meta -%}
    select
        *,
        case
            when is_later then 'later'
            when reject_reason is not null then 'rejected'
            when row_number() over (
                partition by {{ meta.key | join(', ') }}, reject_reason is null and not is_later
                order by
                    _loaded_at desc nulls last,
                    {% if meta.version %}{{ meta.version }} desc nulls last,{% endif %}
                    row_hash
            ) = 1 then 'staged'
            else 'superseded'
        end as fate
    from ({{ typed_rows }}) as typed_rows
    {%- else -%}
    {{ typed_rows }}
    {%- endif -%}
{%- endmacro %}


{# Every row of a raw table, typed by its contract, not yet compared with other versions of its key. #}
{% macro typed_rows(system, table, where='true') -%}
    {%- set raw_table = ref('raw_' ~ system ~ '__' ~ table) -%}
    {%- set as_of = ref('as_of') -%}
    {%- set rates = ref('known_rates') if system != 'finance' -%}
    {%- if execute -%}
    {%- set contract = contract(system, table) -%}
    {%- set columns = contract.columns.values() | list -%}
    {%- set currencies = columns | selectattr('config.meta.has_rate', 'defined') | list -%}
        select
        {%- for column in columns %}
            {{ typed(column) }} as {{ column.name }},
        {%- endfor %}
            concat_ws('/', {% for name in contract.config.meta.key %}{{ cleaned(contract.columns[name]) }}{{ ', ' if not loop.last }}{% endfor %}) as row_key,
            {{ arrival(contract) }} as arrived_at,
            coalesce({{ arrival(contract) }} >= {{ first_moment_after('as_of.as_of_date') }}, false) as is_later,
            case
                when raw_rows._unreadable_line is not null then ': unreadable line'
            {%- for column in columns %}{{ rules(column, contract) }}{%- endfor %}
            end as reject_reason,
            case
                when raw_rows._unreadable_line is not null then {{ as_json(['_unreadable_line']) }}
                when reject_reason is not null then {{ as_json(columns | map(attribute='name') | list) }}
            end as raw_row,
            {{ row_hash(columns | map(attribute='name')) }} as row_hash
        from {{ raw_table }} as raw_rows
        cross join {{ as_of }} as as_of
        {%- for column in currencies %}
        left join (select distinct currency as known_currency from {{ rates }}) as rates
            on {{ cleaned(column) }} = rates.known_currency
        {%- endfor %}
        where {{ where }}
    {%- endif -%}
{%- endmacro %}


{# When a raw row arrived: what the loader wrote, else the newest the row says of itself. #}
{% macro arrival(contract) -%}
    {%- set meta = contract.config.meta -%}
    coalesce({{ typed(contract.columns['_loaded_at']) }}
    {%- for name in [meta.arrived, meta.version, meta.moment] if name -%}
        , {{ typed(contract.columns[name]) }}
    {%- endfor -%}
    )
{%- endmacro %}


{# A raw value as it came, without blanks around it; empty text and a zero date count as missing. #}
{% macro cleaned(column) -%}
    {%- set value = 'raw_rows.' ~ column.name -%}
    {%- set meta = column.config.meta -%}
    {%- if column.data_type == 'varchar' -%}
        {%- set value = "nullif(trim(" ~ value ~ "), '')" -%}
    {%- elif column.data_type in ('timestamp', 'date') -%}
        {%- set value = without_zero_date(value, column.data_type) -%}
    {%- endif -%}
    {%- if meta.upper %}{% set value = 'upper(' ~ value ~ ')' %}{% endif -%}
    {%- if 'default_var' in meta -%}
    coalesce({{ value }}, {{ quoted(var(meta.default_var)) }})
    {%- elif 'default' in meta -%}
    coalesce({{ value }}, {{ quoted(meta.default) }})
    {%- else -%}
    {{ value }}
    {%- endif -%}
{%- endmacro %}


{# A raw value in its type, or null. #}
{% macro typed(column) -%}
    {%- set value = cleaned(column) -%}
    {%- if column.data_type == 'varchar' -%}{{ value }}
    {%- elif column.data_type == 'timestamp' -%}{{ as_utc(value) }}
    {%- elif column.data_type == 'date' -%}{{ as_day(value) }}
    {%- elif column.data_type == 'bigint' -%}{{ as_whole(value) }}
    {%- elif column.data_type == 'double' -%}{{ as_finite(value) }}
    {%- elif column.data_type == 'json' -%}{{ as_json_text(value) }}
    {%- else -%}try_cast({{ value }} as {{ column.data_type }})
    {%- endif -%}
{%- endmacro %}


{# The reasons to reject a row for one column's value, in the order they are asked. #}
{% macro rules(column, contract) -%}
    {%- set meta = column.config.meta -%}
    {%- set value = cleaned(column) -%}
    {%- set kinds = {'timestamp': 'a timestamp', 'date': 'a date', 'bigint': 'an integer', 'double': 'a number', 'boolean': 'a boolean', 'json': 'json'} -%}
    {%- if not (meta.optional or 'default' in meta or 'default_var' in meta) %}
                when {{ value }} is null then '{{ column.name }}: empty'
    {%- endif -%}
    {%- if column.data_type != 'varchar' %}
                when {{ value }} is not null and {{ typed(column) }} is null then '{{ column.name }}: not {{ kinds.get(column.data_type, 'a number') }}'
    {%- endif -%}
    {%- if meta.accepted %}
                when {{ value }} not in ('{{ meta.accepted | join("', '") }}') then '{{ column.name }}: not accepted'
    {%- endif -%}
    {%- if meta.reserved %}
                when {{ value }} in ('{{ meta.reserved | join("', '") }}') then '{{ column.name }}: reserved'
    {%- endif -%}
    {%- if 'min' in meta %}
                when {{ typed(column) }} < {{ meta.min }} then '{{ column.name }}: below minimum'
    {%- endif -%}
    {%- if 'max' in meta %}
                when {{ typed(column) }} > {{ meta.max }} then '{{ column.name }}: above maximum'
    {%- endif -%}
    {%- if column.name == contract.config.meta.moment %}
                when {{ typed(column) }} > {{ one_day_after(arrival(contract)) }} then '{{ column.name }}: in the future'
    {%- elif meta.past %}
                when {{ typed(column) }} > {{ one_day_after(first_moment_after('as_of.as_of_date')) }} then '{{ column.name }}: in the future'
    {%- endif -%}
    {%- if meta.has_rate %}
                when {{ value }} <> 'USD' and rates.known_currency is null then '{{ column.name }}: without a rate'
    {%- endif -%}
{%- endmacro %}


{% macro run_moment() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}
