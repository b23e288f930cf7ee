{{ config(materialized='view') }}
-- One row per product and version that ever arrived: the price history.
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
where fate in ('staged', 'superseded')
