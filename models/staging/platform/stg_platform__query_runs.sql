-- One row per run of a query: its newest version.
with query_runs as (
    {{ judged('platform', 'query_runs') }}
)

select
    query_id,
    run_id,
    dashboard_id,
    model_name,
    started_at,
    seconds,
    bytes_scanned,
    arrived_at
from query_runs
where fate = 'staged'
