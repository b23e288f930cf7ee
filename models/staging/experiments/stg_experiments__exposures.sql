select
    exposure_id,
    experiment_id,
    variant,
    customer_id,
    anonymous_id,
    device_type,
    exposed_at,
    arrived_at
from {{ ref('validated_experiments__exposures') }}
where row_status = 'staged'
