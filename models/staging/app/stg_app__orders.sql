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
from {{ ref('validated_app__orders') }}
where row_status = 'staged'
