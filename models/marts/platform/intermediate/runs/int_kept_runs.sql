with runs as (
    select
        invocation_id,
        command,
        status,
        project_version,
        code_hash,
        data_hash,
        is_whole,
        is_full_refresh,
        is_empty,
        started_at
    from {{ ref('runs') }}
    where command != 'step'
),

-- A test run builds nothing: what it sees is what the last run that built left behind, killed or not.
placed as (
    select
        *,
        sum(case when command = 'test' then 0 else 1 end) over (
            order by started_at, invocation_id
            rows between unbounded preceding and current row
        ) as tables_number,
        row_number() over (order by started_at desc, invocation_id desc)
            as newest_number
    from runs
),

counted as (
    select
        invocation_id,
        project_version,
        code_hash,
        data_hash,
        cast(tables_number as bigint) as tables_number,
        cast(newest_number as bigint) as newest_number,
        is_whole,
        is_full_refresh,
        started_at
    from placed
    where status in ('succeeded', 'failed') and not is_empty
)

select * from counted
