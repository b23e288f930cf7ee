-- One row per change of a subscription: the brand that it counts to.
with changes as (
    select
        change_id,
        customer_id,
        product_id
    from {{ ref('stg_app__subscription_changes') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('stg_app__customers') }}
),

products as (
    select
        product_id,
        brand
    from {{ ref('stg_app__products') }}
)

select
    changes.change_id,
    coalesce(customers.brand, products.brand, 'unknown') as brand
from changes
left join customers
    on changes.customer_id = customers.customer_id
left join products
    on changes.product_id = products.product_id
