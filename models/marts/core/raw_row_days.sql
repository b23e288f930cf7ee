with statuses as (
    select
        source_system,
        table_name,
        arrival_date,
        row_status,
        row_count
    from {{ ref('raw_row_statuses') }}
),

counted as (
    select
        source_system,
        table_name,
        cast(sum(row_count) as bigint) as raw_row_count,
        cast(
            sum(case when row_status = 'staged' then row_count else 0 end) as bigint
        ) as staged_count,
        cast(
            sum(case when row_status = 'rejected' then row_count else 0 end) as bigint
        ) as rejected_count,
        cast(
            sum(case when row_status = 'superseded' then row_count else 0 end) as bigint
        ) as superseded_count,
        cast(
            sum(case when row_status = 'deleted' then row_count else 0 end) as bigint
        ) as deleted_count,
        cast(
            sum(case when row_status = 'erased' then row_count else 0 end) as bigint
        ) as erased_count,
        cast(
            sum(case when row_status = 'later' then row_count else 0 end) as bigint
        ) as later_count,
        arrival_date
    from statuses
    group by source_system, table_name, arrival_date
)

select * from counted
