{% macro judged_by_arrival(system, table) -%}
    {%- if not execute -%}
    {{ typed_rows(system, table) }}
    {%- else -%}
    {%- set arrived_at = arrival(contract(system, table)) -%}
    {%- if not is_incremental() -%}
    {{ ranked_by_version(system, table, typed_rows(system, table, has_arrived(arrived_at))) }}
    {%- else -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | reject('equalto', 'fate') | join(', ') -%}
    with new_rows as (
        {{ typed_rows(system, table, has_arrived(arrived_at) ~ ' and ' ~ is_on_changed_day(arrived_at)) }}
    ),

    -- Versions that what was taken out had superseded: one of them stands again.
    bereft_keys as (
        select row_key from {{ this }} where fate = 'superseded'
        except
        select row_key from {{ this }} where fate = 'staged'
    ),

    kept_rows as (
        select {{ columns }}
        from {{ this }}
        where
            row_key in (select row_key from new_rows)
            or row_key in (select row_key from bereft_keys)
    )

    {{ ranked_by_version(system, table, 'select ' ~ columns ~ ' from new_rows union all select ' ~ columns ~ ' from kept_rows') }}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro forget_changed_days(system, table) -%}
    {%- if execute and is_incremental() -%}
    {%- set arrived_at = arrival(contract(system, table)) -%}
    create or replace temporary table {{ changed_days() }} as
    select coalesce(raw_days.arrival_day, kept_days.arrival_day) as arrival_day
    from (
        select {{ arrival_day(arrived_at) }} as arrival_day, count(*) as row_count
        from {{ ref('raw_' ~ system ~ '__' ~ table) }} as raw_rows
        cross join {{ as_of() }} as as_of
        where {{ has_arrived(arrived_at) }}
        group by 1
    ) as raw_days
    full join (
        select {{ arrival_day('arrived_at') }} as arrival_day, count(*) as row_count
        from {{ this }}
        group by 1
    ) as kept_days
        on raw_days.arrival_day = kept_days.arrival_day
    where raw_days.row_count is distinct from kept_days.row_count;
    delete from {{ this }} where {{ is_on_changed_day('arrived_at') }}
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}


{# Whether a moment is on a day that this run judges again. #}
{% macro is_on_changed_day(moment) -%}
    {{ arrival_day(moment) }} in (select arrival_day from {{ changed_days() }})
{%- endmacro %}


{# The arrival days that this run judges again; the list lives as long as the run's connection. #}
{% macro changed_days() -%}
    changed_days_of_{{ this.identifier }}
{%- endmacro %}


{# Whether a raw row had arrived by the end of as_of; one that does not say counts as arrived. #}
{% macro has_arrived(arrived_at) -%}
    coalesce({{ arrived_at }} < {{ first_moment_after('as_of.as_of_date') }}, true)
{%- endmacro %}


{% macro arrival_day(moment) -%}
    coalesce(cast({{ moment }} as date), cast('1970-01-01' as date))
{%- endmacro %}


{% macro later_rows(system, table) -%}
    {%- set raw_table = ref('raw_' ~ system ~ '__' ~ table) -%}
    {%- if execute %}
    {%- set arrived_at = arrival(contract(system, table)) %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        {{ arrival_day(arrived_at) }} as arrival_date,
        'later' as fate,
        count(*) as row_count
    from {{ raw_table }} as raw_rows
    cross join {{ as_of() }} as as_of
    where {{ arrived_at }} >= {{ first_moment_after('as_of.as_of_date') }}
    group by 1, 2, 3, 4
    {%- endif %}
{%- endmacro %}


{% macro forget_changed(parent, keys, parent_state, own_state=none) -%}
    {%- if is_incremental() -%}
    {%- set key_list = keys | join(', ') -%}
    create or replace temporary table {{ changed_keys() }} as
    select
        {%- for key in keys %}
        coalesce(arrived.{{ key }}, kept.{{ key }}) as {{ key }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select {{ key_list }}, concat_ws('|', {{ parent_state | join(', ') }}) as state
        from {{ parent }}
        group by {{ key_list }}
    ) as arrived
    full join (
        select {{ key_list }}, concat_ws('|', {{ (own_state or parent_state) | join(', ') }}) as state
        from {{ this }}
        group by {{ key_list }}
    ) as kept
        on {% for key in keys %}arrived.{{ key }} = kept.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    where arrived.state is distinct from kept.state;
    delete from {{ this }} where {{ is_changed(keys) }}
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}


{% macro is_changed(keys, relation=none) -%}
    {%- if is_incremental() -%}
    ({% for key in keys %}{{ relation ~ '.' if relation }}{{ key }}{{ ', ' if not loop.last }}{% endfor %}) in (
        select {{ keys | join(', ') }} from {{ changed_keys() }}
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}


{# The keys that this run builds again; the list lives as long as the run's connection. #}
{% macro changed_keys() -%}
    changed_keys_of_{{ this.identifier }}
{%- endmacro %}
