-- One row per product: its newest version.
with products as (
    {{ judged('app', 'products') }}
)

select
    product_id,
    brand,
    product_name,
    category,
    list_price,
    currency,
    updated_at,
    arrived_at
from products
where fate = 'staged'
