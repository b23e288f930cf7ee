-- One row per dashboard: its newest version.
with dashboards as (
    {{ judged('bi', 'dashboards') }}
)

select
    dashboard_id,
    title,
    description,
    owner,
    url,
    created_at,
    certified_until,
    arrived_at
from dashboards
where fate = 'staged'
