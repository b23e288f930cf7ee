-- One row per run of a job: its newest version.
with job_runs as (
    {{ judged('platform', 'job_runs') }}
)

select
    run_id,
    job_name,
    scheduled_at,
    started_at,
    finished_at,
    outcome,
    rows_loaded,
    arrived_at
from job_runs
where fate = 'staged'
