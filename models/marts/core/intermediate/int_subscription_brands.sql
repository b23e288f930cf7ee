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
),

branded as (
    select
        changes.change_id,
        coalesce(customers.brand, products.brand, 'unknown') as brand
    from changes
    left join customers
        on changes.customer_id = customers.customer_id
    left join products
        on changes.product_id = products.product_id
)

select * from branded
