-- One row per order: its newest version.
with orders as (
    {{ judged('app', 'orders') }}
)

select
    order_id,
    customer_id,
    order_type,
    ordered_at,
    paid_at,
    status,
    currency,
    discount_amount,
    tax_amount,
    shipping_amount,
    subscription_id,
    promised_at,
    updated_at,
    arrived_at
from orders
where fate = 'staged'
