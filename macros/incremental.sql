{# An event table, judged once, by arrival. An arrival day is judged again, whole, when raw holds another number of
   its rows than were kept: more came, some were withdrawn, or as_of now reaches less far. No watermark, so days may
   come in any order. forget_changed_days() has taken those days out when this runs. #}
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
        {{ typed_rows(system, table, has_arrived(arrived_at) ~ ' and ' ~ is_on_changed_day(system, table, arrived_at)) }}
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


{# Before an increment: takes out the arrival days that are judged again, in the same transaction. #}
{% macro forget_changed_days(system, table) -%}
    {%- if execute and is_incremental() -%}
    delete from {{ this }} where {{ is_on_changed_day(system, table, 'arrived_at') }}
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}


{# Whether a moment is on an arrival day of which raw and this model hold different numbers of rows. #}
{% macro is_on_changed_day(system, table, moment) -%}
    {%- set arrived_at = arrival(contract(system, table)) -%}
    {%- set days = run_query(
        'select cast(arrival_day as varchar) from ('
        ~ 'select ' ~ arrival_day(arrived_at) ~ ' as arrival_day, count(*) as row_count from ' ~ ref('raw_' ~ system ~ '__' ~ table)
        ~ ' as raw_rows cross join ' ~ ref('as_of') ~ ' as as_of where ' ~ has_arrived(arrived_at) ~ ' group by 1) as raw_days full join (select '
        ~ arrival_day('arrived_at') ~ ' as arrival_day, count(*) as row_count from ' ~ this ~ ' group by 1) as kept_days using (arrival_day) '
        ~ 'where raw_days.row_count is distinct from kept_days.row_count').columns[0].values() -%}
    cast({{ arrival_day(moment) }} as varchar) in ('{{ days | join("', '") }}')
{%- endmacro %}


{# Whether a raw row had arrived by the end of as_of; one that does not say counts as arrived. #}
{% macro has_arrived(arrived_at) -%}
    coalesce({{ arrived_at }} < {{ first_moment_after('as_of.as_of_date') }}, true)
{%- endmacro %}


{# The day of an arrival; rows that do not say when they arrived share one. #}
{% macro arrival_day(moment) -%}
    coalesce(cast({{ moment }} as date), cast('1970-01-01' as date))
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
