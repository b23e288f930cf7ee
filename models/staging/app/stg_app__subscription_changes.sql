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
from {{ ref('validated_app__subscription_changes') }}
where row_status = 'staged'
