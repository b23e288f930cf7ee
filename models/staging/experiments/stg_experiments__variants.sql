select
    experiment_id,
    variant,
    is_control,
    traffic_share,
    arrived_at
from {{ ref('validated_experiments__variants') }}
where row_status = 'staged'
