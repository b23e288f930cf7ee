select
    view_id,
    dashboard_id,
    viewer_id,
    viewed_at,
    arrived_at
from {{ ref('validated_bi__dashboard_views') }}
where row_status = 'staged'
