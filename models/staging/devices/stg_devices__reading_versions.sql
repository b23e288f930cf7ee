select
    reading_id,
    device_id,
    customer_id,
    measurement,
    context,
    place,
    value,
    unit,
    measured_at,
    received_at,
    timezone,
    arrived_at,
    row_status = 'staged' as is_newest
from {{ ref('validated_devices__readings') }}
where row_status in ('staged', 'superseded')
