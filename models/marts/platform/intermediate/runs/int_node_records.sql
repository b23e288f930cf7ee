with kept_runs as (
    select
        invocation_id,
        newest_number,
        started_at
    from {{ ref('int_kept_runs') }}
),

run_nodes as (
    select
        invocation_id,
        node_id,
        node_name,
        kind,
        status,
        row_count
    from {{ ref('run_nodes') }}
),

run_tests as (
    select
        invocation_id,
        node_id,
        test_name,
        test_kind,
        tested_node_name,
        status
    from {{ ref('run_tests') }}
),

executed as (
    select
        invocation_id,
        node_id,
        node_name,
        kind,
        cast(null as varchar) as tested_node_name,
        status,
        row_count
    from run_nodes
    union all
    select
        invocation_id,
        node_id,
        test_name as node_name,
        case when test_kind = 'unit' then 'unit_test' else 'test' end as kind,
        tested_node_name,
        status,
        cast(null as bigint) as row_count
    from run_tests
),

placed as (
    select
        executed.*,
        kept_runs.newest_number,
        kept_runs.started_at
    from executed
    inner join kept_runs on executed.invocation_id = kept_runs.invocation_id
    where executed.status <> 'skipped'
),

counted as (
    select
        node_id,
        min_by(node_name, newest_number) as node_name,
        min_by(kind, newest_number) as kind,
        min_by(tested_node_name, newest_number) as tested_node_name,
        min_by(status, newest_number) as last_status,
        min_by(row_count, newest_number) as last_row_count,
        count(*) as run_count,
        count(case when status in ('error', 'fail') then 1 end) as failed_count,
        min(started_at) as first_run_at,
        max(started_at) as last_run_at
    from placed
    group by node_id
)

select * from counted
