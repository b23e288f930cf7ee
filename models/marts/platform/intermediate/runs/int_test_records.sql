with kept_runs as (
    select
        invocation_id,
        code_hash,
        data_hash,
        tables_number,
        is_whole,
        started_at
    from {{ ref('int_kept_runs') }}
),

run_tests as (
    select
        invocation_id,
        node_id,
        compiled_hash,
        status
    from {{ ref('run_tests') }}
    where status in ('pass', 'fail')
),

judged as (
    select
        run_tests.node_id,
        run_tests.compiled_hash,
        kept_runs.code_hash,
        kept_runs.data_hash,
        kept_runs.tables_number,
        kept_runs.is_whole,
        run_tests.status = 'fail' as is_failed,
        kept_runs.started_at
    from run_tests
    inner join kept_runs on run_tests.invocation_id = kept_runs.invocation_id
),

counted as (
    select
        node_id,
        count(*) as judged_count,
        count(case when is_failed then 1 end) as failed_count,
        max(case when is_failed then started_at end) as last_failed_at
    from judged
    group by node_id
),

-- Few tests ever fail, and only those can contradict themselves.
mixed as (
    select judged.*
    from judged
    inner join counted on judged.node_id = counted.node_id
    where counted.failed_count > 0 and counted.failed_count < counted.judged_count
),

-- The same SQL over the same tables.
of_tables as (
    select
        node_id,
        min(started_at) as first_at,
        max(started_at) as last_at
    from mixed
    group by node_id, compiled_hash, tables_number
    having bool_or(is_failed) and bool_or(not is_failed)
),

-- Tables made as a whole by the same code from the same data.
of_builds as (
    select
        node_id,
        min(started_at) as first_at,
        max(started_at) as last_at
    from mixed
    where is_whole
    group by node_id, compiled_hash, code_hash, data_hash
    having
        bool_or(is_failed) and bool_or(not is_failed)
        and min(code_hash) is not null
        and min(data_hash) is not null
),

flaky as (
    select
        node_id,
        max(last_at) as last_flaky_at
    from (
        select * from of_tables
        union all
        select * from of_builds
    ) as found
    group by node_id
),

joined as (
    select
        counted.node_id,
        counted.judged_count,
        counted.failed_count,
        flaky.node_id is not null as is_flaky,
        counted.last_failed_at,
        flaky.last_flaky_at
    from counted
    left join flaky on counted.node_id = flaky.node_id
)

select * from joined
