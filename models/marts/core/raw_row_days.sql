-- One row per raw table and arrival day: how many rows came, and what became of them.
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
        cast(
            sum(case when fate = 'staged' then row_count else 0 end) as bigint
        ) as staged_count,
        cast(
            sum(case when fate = 'rejected' then row_count else 0 end) as bigint
        ) as rejected_count,
        cast(
            sum(case when fate = 'superseded' then row_count else 0 end) as bigint
        ) as superseded_count,
        cast(
            sum(case when fate = 'later' then row_count else 0 end) as bigint
        ) as later_count,
        arrival_date
    from fates
    group by source_system, table_name, arrival_date
)

select * from counted
