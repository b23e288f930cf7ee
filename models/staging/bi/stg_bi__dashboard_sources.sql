select
    dashboard_id,
    model_name,
    arrived_at
from {{ ref('validated_bi__dashboard_sources') }}
where row_status = 'staged'
