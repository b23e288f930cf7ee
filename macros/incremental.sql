{# An event table, judged once, by arrival. An arrival day is judged again when raw holds another number of its
   rows than were kept; other versions of the keys it touches come from what was kept. #}
{% macro judged_by_arrival(system, table) -%}
    {%- set raw_table = ref('raw_' ~ system ~ '__' ~ table) -%}
    {%- set as_of = ref('as_of') -%}
    {%- if not execute -%}
    {{ typed_rows(system, table) }}
    {%- else -%}
    {%- set arrived_at = arrival(contract(system, table)) -%}
    {%- set has_arrived = 'coalesce(' ~ arrived_at ~ ' < ' ~ first_moment_after('as_of.as_of_date') ~ ', true)' -%}
    {%- if not is_incremental() -%}
    {{ ranked_by_version(system, table, typed_rows(system, table, has_arrived)) }}
    {%- else -%}
    {%- set changed_days = run_query(
        'select cast(arrival_day as varchar) from ('
        ~ 'select ' ~ arrival_day(arrived_at) ~ ' as arrival_day, count(*) as row_count from ' ~ raw_table ~ ' as raw_rows cross join '
        ~ as_of ~ ' as as_of where ' ~ has_arrived ~ ' group by 1) as raw_days full join (select ' ~ arrival_day('arrived_at')
        ~ ' as arrival_day, count(*) as row_count from ' ~ this ~ ' group by 1) as kept_days using (arrival_day) '
        ~ 'where raw_days.row_count is distinct from kept_days.row_count').columns[0].values() -%}
    {%- set is_changed = "in ('" ~ changed_days | join("', '") ~ "')" -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | reject('equalto', 'fate') | join(', ') -%}
    with new_rows as (
        {{ typed_rows(system, table, has_arrived ~ ' and cast(' ~ arrival_day(arrived_at) ~ ' as varchar) ' ~ is_changed) }}
    ),

    kept_rows as (
        select {{ columns }}
        from {{ this }}
        where
            row_key in (select row_key from new_rows)
            and not cast({{ arrival_day('arrived_at') }} as varchar) {{ is_changed }}
    )

    {{ ranked_by_version(system, table, 'select ' ~ columns ~ ' from new_rows union all select ' ~ columns ~ ' from kept_rows') }}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# The day of an arrival; rows that do not say when they arrived share one. #}
{% macro arrival_day(moment) -%}
    coalesce(cast({{ moment }} as date), cast('1970-01-01' as date))
{%- endmacro %}


{# Before an increment: takes out every key with a row that as_of no longer reaches (as_of was set back).
   What it takes out too much is seen to be missing, and comes again. #}
{% macro forget_later(key) -%}
    {%- if is_incremental() -%}
    delete from {{ this }}
    where {{ key }} in (
        select {{ key }} from {{ this }}
        where arrived_at >= (select {{ first_moment_after('as_of_date') }} from {{ ref('as_of') }})
    )
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}


{# The raw rows of an event table that as_of does not reach: they are counted, not kept. #}
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
    cross join {{ ref('as_of') }} as as_of
    where {{ arrived_at }} >= {{ first_moment_after('as_of.as_of_date') }}
    group by 1, 2, 3, 4
    {%- endif %}
{%- endmacro %}


{# A model that regroups events by device is right when, device by device, it stands for the same events as its
   parent: compared as a count and a fingerprint, never as dates, so that late, shuffled, repeated or
   withdrawn rows and a killed run all end with the same table.

   Before an increment: lists every device that differs from the parent (new, changed or gone) and takes it out, in
   the same transaction that brings it back. Both tables have brand, anonymous_id and fingerprint. #}
{% macro forget_changed_devices(parent, kept_count='count(*)') -%}
    {%- if is_incremental() -%}
    create or replace temporary table {{ changed_devices() }} as
    select
        coalesce(arrived.brand, kept.brand) as brand,
        coalesce(arrived.anonymous_id, kept.anonymous_id) as anonymous_id
    from (
        select brand, anonymous_id, count(*) as event_count, bit_xor(fingerprint) as fingerprint
        from {{ parent }}
        group by brand, anonymous_id
    ) as arrived
    full join (
        select brand, anonymous_id, {{ kept_count }} as event_count, bit_xor(fingerprint) as fingerprint
        from {{ this }}
        group by brand, anonymous_id
    ) as kept
        on arrived.brand = kept.brand and arrived.anonymous_id = kept.anonymous_id
    where
        arrived.event_count is distinct from kept.event_count
        or arrived.fingerprint is distinct from kept.fingerprint;
    delete from {{ this }}
    where (brand, anonymous_id) in (select brand, anonymous_id from {{ changed_devices() }})
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}


{# Whether a device is built in this run: all of them, or those just taken out. #}
{% macro is_changed_device(parent) -%}
    {%- if is_incremental() -%}
    ({{ parent }}.brand, {{ parent }}.anonymous_id) in (
        select brand, anonymous_id from {{ changed_devices() }}
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}


{# The devices that this run builds again; the list lives as long as the run's connection. #}
{% macro changed_devices() -%}
    changed_devices_of_{{ this.identifier }}
{%- endmacro %}
