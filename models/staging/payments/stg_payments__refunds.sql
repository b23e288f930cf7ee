select
    refund_id,
    payment_id,
    order_id,
    amount,
    tax_amount,
    shipping_amount,
    currency,
    reason,
    status,
    refunded_at,
    arrived_at
from {{ ref('validated_payments__refunds') }}
where row_status = 'staged'
