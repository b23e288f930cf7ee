with job_runs as (
    select
        run_id,
        job_name,
        outcome,
        rows_loaded,
        scheduled_at,
        started_at,
        finished_at
    from {{ ref('stg_platform__job_runs') }}
),

goals as (
    select
        job_name,
        on_time_share,
        allowed_late_minutes
    from {{ ref('job_goals') }}
),

run as (
    select
        as_of_date,
        greatest(known_until, {{ first_moment_after('as_of_date') }}) as judged_at
    from {{ as_of() }}
),

-- A run that has not ended for so long never will.
timed as (
    select
        job_runs.run_id,
        job_runs.job_name,
        case
            when job_runs.outcome is not null then job_runs.outcome
            when
                {{ hours_between(
                    'coalesce(job_runs.started_at, job_runs.scheduled_at)', 'run.judged_at'
                ) }} >= {{ var('job_endless_hours') }}
                then 'unfinished'
            else 'running'
        end as outcome,
        coalesce(own.on_time_share, others.on_time_share) as on_time_goal,
        coalesce(own.allowed_late_minutes, others.allowed_late_minutes)
            as allowed_late_minutes,
        job_runs.rows_loaded,
        {{ dbt.datediff('job_runs.scheduled_at', 'job_runs.started_at', 'second') }}
            as late_seconds,
        case
            when job_runs.finished_at >= job_runs.started_at
                then {{ dbt.datediff(
                    'job_runs.started_at', 'job_runs.finished_at', 'second'
                ) }}
        end as run_seconds,
        {{ reporting_date('job_runs.scheduled_at') }} as job_date,
        {{ dbt.date_trunc('minute', 'job_runs.scheduled_at') }} as scheduled_at,
        run.as_of_date
    from job_runs
    cross join run
    left join goals as own on job_runs.job_name = own.job_name
    left join goals as others on others.job_name = 'default'
),

counted as (
    select * from timed
    where job_date <= as_of_date
)

select * from counted
