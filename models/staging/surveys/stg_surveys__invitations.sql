select
    invitation_id,
    survey,
    customer_id,
    sent_at,
    arrived_at
from {{ ref('validated_surveys__invitations') }}
where row_status = 'staged'
