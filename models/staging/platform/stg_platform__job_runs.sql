select
    run_id,
    job_name,
    scheduled_at,
    started_at,
    finished_at,
    outcome,
    rows_loaded,
    arrived_at
from {{ ref('validated_platform__job_runs') }}
where row_status = 'staged'
