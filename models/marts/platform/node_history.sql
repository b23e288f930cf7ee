with records as (
    select * from {{ ref('int_node_records') }}
),

timings as (
    select
        node_id,
        compiled_hash,
        seconds,
        row_number() over (
            partition by node_id order by started_at desc, invocation_id desc
        ) as newest_number
    from {{ ref('int_node_timings') }}
),

slowdowns as (
    select * from {{ ref('int_node_slowdowns') }}
),

test_records as (
    select * from {{ ref('int_test_records') }}
),

last_timings as (
    select * from timings
    where newest_number = 1
),

usual as (
    select
        timings.node_id,
        median(timings.seconds) as usual_seconds,
        count(*) as usual_run_count
    from timings
    inner join last_timings
        on
            timings.node_id = last_timings.node_id
            and timings.compiled_hash is not distinct from last_timings.compiled_hash
    where timings.newest_number > 1
    group by timings.node_id
),

described as (
    select
        records.node_id,
        records.node_name,
        records.kind,
        records.tested_node_name,
        records.last_status,
        case
            when records.kind not in ('test', 'unit_test') then null
            when coalesce(test_records.judged_count, 0) = 0 then 'unknown'
            when test_records.is_flaky then 'flaky'
            when records.last_status = 'fail' then 'failing'
            when test_records.failed_count > 0 then 'has_failed'
            else 'never_failed'
        end as test_verdict,
        case
            when slowdowns.node_id is not null then 'slower'
            when usual.usual_run_count >= {{ var('slower_least_runs_before') }}
                then 'as_usual'
            else 'unknown'
        end as speed_verdict,
        slowdowns.slower_since_version,
        slowdowns.slower_since_code,
        records.last_row_count,
        records.run_count,
        records.failed_count,
        coalesce(usual.usual_run_count, 0) as usual_run_count,
        last_timings.seconds as last_seconds,
        usual.usual_seconds,
        slowdowns.slower_times,
        slowdowns.seconds_before,
        slowdowns.seconds_since,
        slowdowns.is_own_sql_changed,
        slowdowns.slower_since,
        test_records.last_failed_at,
        test_records.last_flaky_at,
        records.first_run_at,
        records.last_run_at
    from records
    left join last_timings on records.node_id = last_timings.node_id
    left join usual on records.node_id = usual.node_id
    left join slowdowns on records.node_id = slowdowns.node_id
    left join test_records on records.node_id = test_records.node_id
)

select * from described
