with kept_runs as (
    select
        invocation_id,
        project_version,
        code_hash,
        is_full_refresh,
        started_at
    from {{ ref('int_kept_runs') }}
    where newest_number <= {{ var('node_timing_runs') }}
),

run_nodes as (
    select
        invocation_id,
        node_id,
        compiled_hash,
        materialized,
        seconds
    from {{ ref('run_nodes') }}
    where status = 'success'
),

run_tests as (
    select
        invocation_id,
        node_id,
        compiled_hash,
        seconds
    from {{ ref('run_tests') }}
    where status in ('pass', 'fail', 'warn')
),

timed as (
    select
        invocation_id,
        node_id,
        compiled_hash,
        seconds,
        coalesce(materialized = 'incremental', false) as is_incremental
    from run_nodes
    union all
    select
        invocation_id,
        node_id,
        compiled_hash,
        seconds,
        false as is_incremental
    from run_tests
),

-- What a full refresh takes says nothing about an increment.
joined as (
    select
        timed.invocation_id,
        timed.node_id,
        timed.compiled_hash,
        kept_runs.project_version,
        kept_runs.code_hash,
        timed.seconds,
        kept_runs.started_at,
        median(timed.seconds) over (partition by timed.node_id) as usual_seconds
    from timed
    inner join kept_runs on timed.invocation_id = kept_runs.invocation_id
    where not (timed.is_incremental and kept_runs.is_full_refresh)
),

-- A busy machine slows all nodes of a run, and is none of their faults.
speeds as (
    select
        invocation_id,
        greatest(1, median(seconds / usual_seconds)) as slowness
    from joined
    where usual_seconds >= {{ var('slower_least_seconds') }} / 10.0
    group by invocation_id
    having count(*) >= {{ var('run_speed_least_nodes') }}
),

adjusted as (
    select
        joined.invocation_id,
        joined.node_id,
        joined.compiled_hash,
        joined.project_version,
        joined.code_hash,
        joined.seconds,
        joined.seconds / coalesce(speeds.slowness, 1) as adjusted_seconds,
        joined.started_at
    from joined
    left join speeds on joined.invocation_id = speeds.invocation_id
)

select * from adjusted
