-- One row per view of a dashboard: its newest version.
with dashboard_views as (
    {{ judged('bi', 'dashboard_views') }}
)

select
    view_id,
    dashboard_id,
    viewer_id,
    viewed_at,
    arrived_at
from dashboard_views
where fate = 'staged'
