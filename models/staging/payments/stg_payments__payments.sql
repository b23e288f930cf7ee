select
    payment_id,
    order_id,
    customer_id,
    attempted_at,
    amount,
    currency,
    method,
    card_fingerprint,
    device_id,
    ip_hash,
    ip_country_code,
    card_country_code,
    billing_country_code,
    outcome,
    decline_reason,
    is_review_exempt,
    review_exempt_probability,
    arrived_at
from {{ ref('validated_payments__payments') }}
where row_status = 'staged'
