select
    dispute_id,
    payment_id,
    reason,
    amount,
    currency,
    outcome,
    opened_at,
    closed_at,
    arrived_at
from {{ ref('validated_payments__disputes') }}
where row_status = 'staged'
