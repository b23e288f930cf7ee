select
    product_id,
    brand,
    product_name,
    category,
    list_price,
    currency,
    updated_at,
    arrived_at
from {{ ref('validated_app__products') }}
where row_status = 'staged'
