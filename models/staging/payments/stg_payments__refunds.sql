-- One row per refund: its newest version.
with refunds as (
    {{ judged('payments', 'refunds') }}
)

select
    refund_id,
    payment_id,
    order_id,
    amount,
    currency,
    reason,
    refunded_at,
    arrived_at
from refunds
where fate = 'staged'
