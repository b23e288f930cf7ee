-- Why: a run that no day counts, or two days do, makes a job look better or worse than it is.
-- Threshold: none. By job, the runs of job_days are those of staging up to as_of.
-- A failure means: job_days drops or doubles runs.
with run as (
    select as_of_date from {{ as_of() }}
),

expected as (
    select
        job_runs.job_name,
        count(*) as run_count,
        count(case when job_runs.outcome = 'failed' then 1 end) as failed_count
    from {{ ref('stg_platform__job_runs') }} as job_runs
    cross join run
    where {{ reporting_date('job_runs.scheduled_at') }} <= run.as_of_date
    group by job_runs.job_name
),

found as (
    select
        job_name,
        sum(run_count) as run_count,
        sum(failed_run_count) as failed_count
    from {{ ref('job_days') }}
    group by job_name
)

select
    coalesce(expected.job_name, found.job_name) as job_name,
    expected.run_count as expected_count,
    found.run_count as found_count
from expected
full join found on expected.job_name = found.job_name
where
    expected.run_count is distinct from found.run_count
    or expected.failed_count is distinct from found.failed_count
