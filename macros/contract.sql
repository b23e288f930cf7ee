{# The raw tables by source system. tests/python/project_rules.py holds the list against the seeds. #}
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


{# The contract of a raw table: the seed's columns, and what their meta demands. #}
{% macro contract_of(name) %}
    {{ return(graph.nodes['seed.' ~ project_name ~ '.raw_' ~ name]) }}
{% endmacro %}


{# The whole body of a model: every row of a raw table, typed and checked by its contract, step by step, so that each
   value is cleaned once and typed once: <column>__given is the value as it came, <column>__typed in its type.
   An incremental model validates the arrival days that changed, and compares them with the rows it kept.
   Rows without a date of their own (meta `happens_with`) are later when their row of the raw table `parent` is. #}
{% macro validated(raw, rates=none, parent=none) -%}
    {%- if execute -%}
    {%- set contract = contract_of(raw.identifier | replace('raw_', '', 1)) -%}
    {%- set meta = contract.config.meta -%}
    {%- set columns = contract.columns.values() | list -%}
    {%- set names = columns | map(attribute='name') | list -%}
    {%- set parent_key = columns | selectattr('config.meta.parent', 'equalto', meta.happens_with) | map(attribute='name') | first if parent -%}
    {%- set currencies = columns | selectattr('config.meta.has_rate', 'defined') | map(attribute='name') | list -%}
    {%- if currencies and not rates -%}
        {%- do stop(raw.identifier ~ ' has amounts in ' ~ currencies | join(', ') ~ ": write validated(ref('"
            ~ raw.identifier ~ "'), rates=ref('known_rates')).") -%}
    {%- endif -%}
with given as (
    select
        raw_rows.*
    {%- for column in columns %},
        {{ cleaned(column) }} as {{ column.name }}__given
    {%- endfor %}
    from {{ raw }} as raw_rows
),

typed as (
    select
        *
    {%- for column in columns %},
        {{ in_type(column.name ~ '__given', column.data_type) }} as {{ column.name }}__typed
    {%- endfor %}
    from given
),

arrived as (
    select
        typed.*,
        {{ arrival_of(contract, '__typed') }} as arrived_at,
        coalesce(
            _loaded_at__typed,
            {% if meta.arrived %}{{ meta.arrived }}__typed,{% endif %}
            greatest({{ first_moment_after('as_of.as_of_date') }}, as_of.known_until)
        ) as known_at,
        as_of.as_of_date,
        as_of.known_until
    from typed
    cross join {{ as_of() }} as as_of
),

checked as (
    select
        *,
        {{ later_reason(contract, 'arrived_at', '__typed', 'later_parents.later_key' if parent) }} as later_reason,
        case
            when _unreadable_line is not null then ': unreadable line'
        {%- for column in columns %}{{ rules(column, contract, 'rates.known_currency') }}{%- endfor %}
        end as reject_reason
    from arrived
    {%- for name in currencies %}
    left join (select distinct currency as known_currency from {{ rates }}) as rates
        on {{ name }}__given = rates.known_currency
    {%- endfor %}
    {%- if parent %}
    left join ({{ keys_that_wait(parent, parent_key) }}) as later_parents
        on {{ parent_key }}__given = later_parents.later_key
    {%- endif %}
    {%- if is_incremental() %}
    where {{ is_on_changed_day('arrived_at') }}
    {%- endif %}
),

described as (
    select
    {%- for name in names %}
        {{ name }}__typed as {{ name }},
    {%- endfor %}
        concat_ws('/', {% for name in meta.key %}{{ name }}__given{{ ', ' if not loop.last }}{% endfor %}) as row_key,
        arrived_at,
        later_reason,
        reject_reason,
        case
            when _unreadable_line is not null then {{ as_json(['_unreadable_line']) }}
            when reject_reason is not null then {{ as_json(names) }}
        end as raw_row,
        {{ row_hash(names) }} as row_hash
    from checked
),
{% if is_incremental() %}
{{ kept_beside('described') }},
{% endif %}
ranked as (
    select
        *,
        case
            when later_reason = '{{ arrived_later() }}' then 'later'
            when reject_reason is not null then 'rejected'
            when row_number() over (
                partition by
                    {{ meta.key | join(', ') }},
                    reject_reason is null
                    and later_reason is distinct from '{{ arrived_later() }}'
                order by
                    _loaded_at desc nulls last,
                    {% if meta.version %}{{ meta.version }} desc nulls last,{% endif %}
                    row_hash
            ) > 1 then 'superseded'
            when later_reason is not null then 'later'
            else 'staged'
        end as row_status
    from {{ 'compared' if is_incremental() else 'described' }}
)

select * from ranked
    {%- else -%}
select 1 as row_key from {{ raw }}
    {%- endif -%}
{%- endmacro %}


{# When a raw row arrived: what the loader wrote, else the first moment that the row names, of those that say when it
   came, changed and happened: a row that was touched again since is not younger for that. #}
{% macro arrival_of(contract, suffix) -%}
    {%- set meta = contract.config.meta -%}
    {%- set others = [] -%}
    {%- for name in [meta.arrived, meta.version, meta.moment] | select | unique -%}
        {%- do others.append(name ~ suffix if suffix else typed(contract.columns[name])) -%}
    {%- endfor -%}
    coalesce(
        {{- '_loaded_at' ~ suffix if suffix else typed(contract.columns['_loaded_at']) -}}
        {{- ', ' if others }}{{ 'least(' ~ others | join(', ') ~ ')' if others | length > 1 else others | join -}}
    )
{%- endmacro %}


{# The same of a row that is not typed yet. #}
{% macro arrival(contract) -%}
    {{ arrival_of(contract, '') }}
{%- endmacro %}


{# Why a row does not count yet, or null: it arrived after known_until, or what it says happened after as_of. The newest
   version decides: a fact that was moved to tomorrow is not one of today. #}
{% macro later_reason(contract, arrived_at, suffix, later_parent=none) -%}
    case
        when {{ arrived_at }} > known_until then '{{ arrived_later() }}'
    {%- if fact_column(contract) %}
        when {{ happened_after_as_of(contract, suffix) }} then '{{ happened_later() }}'
    {%- endif %}
    {%- if later_parent %}
        when {{ later_parent }} is not null then '{{ happened_later() }}'
    {%- endif %}
    end
{%- endmacro %}


{% macro arrived_later() -%}
    arrived after known_until
{%- endmacro %}


{% macro happened_later() -%}
    happened after as_of
{%- endmacro %}


{# Whether a validated row has arrived and counts as soon as as_of has come to its day. #}
{% macro waits_for_as_of() -%}
    row_status = 'later' and later_reason = '{{ happened_later() }}'
{%- endmacro %}


{# The keys of a raw table all of whose facts are after as_of, and no further than what has arrived can be. #}
{% macro keys_that_wait(raw, key) -%}
        {%- set contract = contract_of(raw.identifier | replace('raw_', '', 1)) %}
        select later_key
        from (
            select
                {{ cleaned(contract.columns[key]) }} as later_key,
                {{ happened_after_as_of(contract, '') }}
                and {{ happened_at(contract, '') }}
                <= {{ one_day_after('greatest(known_until, ' ~ first_moment_after('as_of_date') ~ ')') }} as is_later
            from {{ raw }} as raw_rows
            cross join {{ as_of() }} as as_of
        )
        group by later_key
        having count(*) = count(case when is_later then 1 end)
    {% endmacro %}


{# The column that dates the fact of a row: its moment, or what meta names where that is no rule of the contract. #}
{% macro fact_column(contract) %}
    {%- set meta = contract.config.meta -%}
    {%- if not meta.is_dimension -%}{{ return(meta.fact or meta.moment) }}{%- endif -%}
{% endmacro %}


{# Nothing happens after it was received. #}
{% macro happened_after_as_of(contract, suffix) -%}
    {%- set column = contract.columns[fact_column(contract)] -%}
    {%- if column.data_type == 'date' -%}
    {{ column.name ~ suffix if suffix else typed(column) }} > as_of_date
    {%- else -%}
    {{ happened_at(contract, suffix) }} >= {{ first_moment_after('as_of_date') }}
    {%- endif -%}
{%- endmacro %}


{% macro happened_at(contract, suffix) -%}
    {%- set moments = [] -%}
    {%- for name in [fact_column(contract), contract.config.meta.arrived] | select | unique -%}
        {%- do moments.append(name ~ suffix if suffix else typed(contract.columns[name])) -%}
    {%- endfor -%}
    {{ 'least(' ~ moments | join(', ') ~ ')' if moments | length > 1 else moments | join }}
{%- endmacro %}


{# A raw value as it came, without blanks around it; empty text and a zero date count as missing. #}
{% macro cleaned(column) -%}
    {%- set value = 'raw_rows.' ~ column.name -%}
    {%- set meta = column.config.meta -%}
    {%- if column.data_type == 'varchar' -%}
        {%- set value = "nullif(trim(" ~ value ~ "), '')" -%}
    {%- elif column.data_type in ('timestamp', 'date') -%}
        {%- set value = without_zero_date(value, meta.pii == 'birth_date') -%}
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
    {{ in_type(cleaned(column), column.data_type) }}
{%- endmacro %}


{% macro in_type(value, data_type) -%}
    {%- if data_type == 'varchar' -%}{{ value }}
    {%- elif data_type == 'timestamp' -%}{{ as_utc(value) }}
    {%- elif data_type == 'date' -%}{{ as_day(value) }}
    {%- elif data_type == 'bigint' -%}{{ as_whole(value) }}
    {%- elif data_type == 'double' -%}{{ as_finite(value) }}
    {%- elif data_type == 'json' -%}{{ as_json_text(value) }}
    {%- else -%}try_cast({{ value }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}


{# The reasons to reject a row for one column's value, in the order they are asked. #}
{% macro rules(column, contract, known_currency) -%}
    {%- set meta = column.config.meta -%}
    {%- set name = column.name -%}
    {%- set given = name ~ '__given' -%}
    {%- set typed = name ~ '__typed' -%}
    {%- set kinds = {'timestamp': 'a timestamp', 'date': 'a date', 'bigint': 'an integer', 'double': 'a number', 'boolean': 'a boolean', 'json': 'json'} -%}
    {%- if meta.corrected_by %}
                when {{ given }} is null and {{ meta.corrected_by }}__typed is null then '{{ name }}: empty'
    {%- elif meta.needed_without %}
                when {{ given }} is null and {{ meta.needed_without }}__given is null then '{{ name }}: empty as is {{ meta.needed_without }}'
    {%- elif not (meta.optional or 'default' in meta or 'default_var' in meta) %}
                when {{ given }} is null then '{{ name }}: empty'
    {%- endif -%}
    {%- if column.data_type != 'varchar' %}
                when {{ given }} is not null and {{ typed }} is null then '{{ name }}: not {{ kinds.get(column.data_type, 'a number') }}'
    {%- endif -%}
    {%- if meta.accepted %}
                when {{ given }} not in ('{{ meta.accepted | join("', '") }}') then '{{ name }}: not accepted'
    {%- endif -%}
    {%- if meta.reserved %}
                when {{ given }} in ('{{ meta.reserved | join("', '") }}') then '{{ name }}: reserved'
    {%- endif -%}
    {%- if 'min' in meta %}
                when {{ typed }} < {{ meta.min }} then '{{ name }}: below minimum'
    {%- endif -%}
    {%- if 'max' in meta %}
                when {{ typed }} > {{ meta.max }} then '{{ name }}: above maximum'
    {%- endif -%}
    {%- if 'max_times' in meta %}
                when cast({{ typed }} as double) * {{ meta.max_times[0] }}__typed > {{ meta.max_times[1] }} then '{{ name }}: above maximum'
    {%- endif -%}
    {%- if name == contract.config.meta.moment %}
                when {{ typed }} > {{ one_day_after('known_at') }}
                {%- if meta.corrected_by %} and {{ meta.corrected_by }}__typed is null{% endif %} then '{{ name }}: in the future'
    {%- elif meta.past %}
                when {{ typed }} > {{ one_year_after(first_moment_after('as_of_date')) }} then '{{ name }}: in the future'
    {%- endif -%}
    {%- if meta.past or meta.corrected_by or (name == contract.config.meta.moment and not contract.config.meta.arrived) %}
                when {{ typed }} < '{{ var("first_plausible_day") }}'
                {%- if meta.corrected_by %} and {{ meta.corrected_by }}__typed is null{% endif %} then '{{ name }}: not plausible'
    {%- endif -%}
    {%- if meta.has_rate %}
                when {{ given }} <> 'USD' and {{ known_currency }} is null then '{{ name }}: without a rate'
    {%- endif -%}
{%- endmacro %}


{% macro run_moment() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}
