-- Nothing is lost between raw and staging. For each raw table: the rows of its file = staged + rejected + superseded +
-- deleted + erased + later, the staged ones are in its staging model, the rejected ones in rejected_rows. Threshold:
-- none, one row is one too many. A failure means that rows were lost or made on the way; a file that changed during a
-- build can cause it.
with raw_rows as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        (
            select coalesce(sum(row_count), 0) from {{ landed_files() }}
            where table_name = 'raw_{{ system }}__{{ table }}'
        ) as raw_count,
        (select count(*) from {{ ref('stg_' ~ system ~ '__' ~ table) }}) as staged_count
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
),

statuses as (
    select
        source_system,
        table_name,
        sum(row_count) as raw_count,
        sum(row_count) filter (where row_status = 'staged') as staged_count,
        sum(row_count) filter (where row_status = 'rejected') as rejected_count
    from {{ ref('raw_row_statuses') }}
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
        coalesce(statuses.raw_count, 0) as status_count,
        coalesce(statuses.staged_count, 0) as status_staged_count,
        coalesce(statuses.rejected_count, 0) as status_rejected_count,
        coalesce(rejected.rejected_count, 0) as rejected_count
    from raw_rows
    left join statuses
        on
            raw_rows.source_system = statuses.source_system
            and raw_rows.table_name = statuses.table_name
    left join rejected
        on
            raw_rows.source_system = rejected.source_system
            and raw_rows.table_name = rejected.table_name
)

select *
from compared
where
    raw_count is distinct from status_count
    or staged_count is distinct from status_staged_count
    or rejected_count is distinct from status_rejected_count
