-- One row per dashboard and model: its newest version.
with dashboard_sources as (
    {{ judged('bi', 'dashboard_sources') }}
)

select
    dashboard_id,
    model_name,
    arrived_at
from dashboard_sources
where fate = 'staged'
