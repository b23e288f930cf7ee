select
    consent_id,
    customer_id,
    anonymous_id,
    purpose,
    is_granted,
    recorded_at,
    arrived_at
from {{ ref('validated_privacy__consents') }}
where row_status = 'staged'
