-- Why: nothing that arrived may be lost without a word; here the rows are counted where they landed.
-- Threshold: none, by raw table; and what counts as staged is what staging shows.
-- A failure means: a raw row has no status or two, or a staging model shows other rows than passed validation.
with landed as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        (
            select count(*) from {{ ref('raw_' ~ system ~ '__' ~ table) }}
        ) + (
            select coalesce(sum(row_count), 0) from {{ ref('erased_rows') }}
            where
                source_system = '{{ system }}' and table_name = '{{ table }}'
                and row_status = 'erased'
        ) as raw_row_count,
        (
            select count(*) from {{ ref('stg_' ~ system ~ '__' ~ table) }}
        ) as staged_count
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

built as (
    select
        source_system,
        table_name,
        sum(raw_row_count) as raw_row_count,
        sum(staged_count) as staged_count,
        sum(
            staged_count + rejected_count + superseded_count
            + deleted_count + erased_count + later_count
        ) as status_count
    from {{ ref('raw_row_days') }}
    group by source_system, table_name
),

compared as (
    select
        landed.source_system,
        landed.table_name,
        landed.raw_row_count as landed_count,
        coalesce(built.raw_row_count, 0) as raw_row_count,
        coalesce(built.status_count, 0) as status_count,
        landed.staged_count as shown_count,
        coalesce(built.staged_count, 0) as staged_count
    from landed
    left join built
        on
            landed.source_system = built.source_system
            and landed.table_name = built.table_name
)

select *
from compared
where
    landed_count <> raw_row_count
    or landed_count <> status_count
    or shown_count <> staged_count
