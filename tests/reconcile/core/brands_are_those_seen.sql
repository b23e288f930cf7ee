-- Why: reports are cut by brand; a brand that is missing there would be missing from them.
-- Threshold: none, both ways.
-- A failure means: a table names a brand that brands does not have, or brands has one that no table names.
with seen as (
    select brand from {{ ref('customers') }}
    union
    select brand from {{ ref('products') }}
    union
    select brand from {{ ref('orders') }}
    union
    select brand from {{ ref('order_items') }}
    union
    select brand from {{ ref('payments') }}
    union
    select brand from {{ ref('refunds') }}
    union
    select brand from {{ ref('mrr_movements') }}
    union
    select brand from {{ ref('customer_days') }}
    union
    select brand from {{ ref('stg_events__events') }}
    union
    select brand from {{ ref('stg_ads__campaigns') }}
    union
    select brand from {{ ref('stg_experiments__experiments') }}
),

brands as (
    select brand from {{ ref('brands') }}
),

differences as (
    select
        coalesce(seen.brand, brands.brand) as brand,
        seen.brand is not null as is_seen,
        brands.brand is not null as is_in_brands
    from seen
    full join brands
        on seen.brand = brands.brand
)

select *
from differences
where not (is_seen and is_in_brands)
