select
    request_id,
    customer_id,
    requested_at,
    completed_at,
    arrived_at
from {{ ref('validated_privacy__erasure_requests') }}
where row_status = 'staged'
