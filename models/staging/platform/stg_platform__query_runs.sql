select
    query_id,
    run_id,
    dashboard_id,
    model_name,
    started_at,
    seconds,
    bytes_scanned,
    arrived_at
from {{ ref('validated_platform__query_runs') }}
where row_status = 'staged'
