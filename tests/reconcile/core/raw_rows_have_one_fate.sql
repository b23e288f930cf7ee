-- Nothing is lost between raw and staging. For each raw table: its rows = staged + rejected + superseded + later,
-- the staged ones stand in its staging model and the rejected ones in rejected_rows. Threshold: none, one row is one
-- too many. A failure means that rows were lost or made on the way; a file that changed during a build can cause it.
with raw_rows as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        (select count(*) from {{ ref('raw_' ~ system ~ '__' ~ table) }}) as raw_count,
        (select count(*) from {{ ref('stg_' ~ system ~ '__' ~ table) }}) as staged_count
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
),

fates as (
    select
        source_system,
        table_name,
        sum(row_count) as raw_count,
        sum(row_count) filter (where fate = 'staged') as staged_count,
        sum(row_count) filter (where fate = 'rejected') as rejected_count
    from {{ ref('raw_row_fates') }}
    group by source_system, table_name
),

rejected as (
    select
        source_system,
        table_name,
        count(*) as rejected_count
    from {{ ref('rejected_rows') }}
    group by source_system, table_name
),

compared as (
    select
        raw_rows.source_system,
        raw_rows.table_name,
        raw_rows.raw_count,
        raw_rows.staged_count,
        coalesce(fates.raw_count, 0) as fated_count,
        coalesce(fates.staged_count, 0) as fated_staged_count,
        coalesce(fates.rejected_count, 0) as fated_rejected_count,
        coalesce(rejected.rejected_count, 0) as rejected_count
    from raw_rows
    left join fates
        on
            raw_rows.source_system = fates.source_system
            and raw_rows.table_name = fates.table_name
    left join rejected
        on
            raw_rows.source_system = rejected.source_system
            and raw_rows.table_name = rejected.table_name
)

select *
from compared
where
    raw_count is distinct from fated_count
    or staged_count is distinct from fated_staged_count
    or rejected_count is distinct from fated_rejected_count
