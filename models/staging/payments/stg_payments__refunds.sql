select
    refund_id,
    payment_id,
    order_id,
    amount,
    currency,
    reason,
    refunded_at,
    arrived_at
from {{ ref('validated_payments__refunds') }}
where row_status = 'staged'
