-- One row per raw table and arrival day: how many raw rows came, and what became of them.
with fates as (
    select
        source_system,
        table_name,
        arrival_date,
        fate,
        row_count
    from {{ ref('raw_row_fates') }}
),

counted as (
    select
        source_system,
        table_name,
        cast(sum(row_count) as bigint) as raw_row_count,
        cast(coalesce(sum(row_count) filter (where fate = 'staged'), 0) as bigint) as staged_count,
        cast(coalesce(sum(row_count) filter (where fate = 'rejected'), 0) as bigint) as rejected_count,
        cast(coalesce(sum(row_count) filter (where fate = 'superseded'), 0) as bigint) as superseded_count,
        cast(coalesce(sum(row_count) filter (where fate = 'later'), 0) as bigint) as later_count,
        arrival_date
    from fates
    group by source_system, table_name, arrival_date
)

select * from counted
