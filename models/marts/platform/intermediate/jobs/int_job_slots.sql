with job_runs as (
    select * from {{ ref('int_job_runs') }}
),

-- A scheduler that fires twice within a minute, or tries again, had one appointment to keep.
slots as (
    select
        job_name,
        count(*) as run_count,
        count(case when outcome = 'succeeded' then 1 end) as succeeded_count,
        count(case when outcome = 'failed' then 1 end) as failed_count,
        count(case when outcome = 'skipped' then 1 end) as skipped_count,
        count(case when outcome = 'unfinished' then 1 end) as unfinished_count,
        count(case when outcome = 'running' then 1 end) as running_count,
        min(case when outcome = 'succeeded' then late_seconds end)
            as succeeded_late_seconds,
        min(late_seconds) as first_late_seconds,
        max(allowed_late_minutes) * 60 as allowed_late_seconds,
        max(on_time_goal) as on_time_goal,
        sum(rows_loaded) as rows_loaded,
        sum(run_seconds) as run_seconds,
        max(run_seconds) as longest_seconds,
        min(job_date) as job_date,
        scheduled_at
    from job_runs
    group by job_name, scheduled_at
),

ended as (
    select
        *,
        case
            when succeeded_count > 0 then 'succeeded'
            when running_count > 0 then 'running'
            when unfinished_count > 0 then 'unfinished'
            when failed_count > 0 then 'failed'
            else 'skipped'
        end as outcome,
        coalesce(succeeded_late_seconds, first_late_seconds) > allowed_late_seconds
            as is_late
    from slots
),

judged as (
    select
        job_name,
        outcome,
        run_count,
        failed_count as failed_run_count,
        allowed_late_seconds / 60 as allowed_late_minutes,
        on_time_goal,
        rows_loaded,
        run_seconds,
        longest_seconds,
        is_late,
        case
            when outcome in ('failed', 'skipped', 'unfinished') then false
            when outcome = 'succeeded' then not is_late
        end as is_on_time,
        job_date,
        scheduled_at
    from ended
)

select * from judged
