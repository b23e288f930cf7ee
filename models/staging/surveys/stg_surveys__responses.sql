select
    invitation_id,
    responded_at,
    reason_code,
    score,
    comment,
    arrived_at
from {{ ref('validated_surveys__responses') }}
where row_status = 'staged'
