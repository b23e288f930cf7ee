select
    dashboard_id,
    title,
    description,
    owner,
    url,
    created_at,
    certified_until,
    arrived_at
from {{ ref('validated_bi__dashboards') }}
where row_status = 'staged'
