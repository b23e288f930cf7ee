-- One row per change of a subscription: its newest version.
with subscription_changes as (
    {{ judged('app', 'subscription_changes') }}
)

select
    change_id,
    subscription_id,
    customer_id,
    product_id,
    change_type,
    cancel_kind,
    changed_at,
    effective_at,
    monthly_amount,
    currency,
    arrived_at
from subscription_changes
where fate = 'staged'
