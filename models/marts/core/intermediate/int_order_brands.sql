with orders as (
    select
        order_id,
        customer_id
    from {{ ref('stg_app__orders') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('stg_app__customers') }}
),

order_totals as (
    select
        order_id,
        product_brand
    from {{ ref('int_order_totals') }}
),

order_brands as (
    select
        orders.order_id,
        coalesce(customers.brand, order_totals.product_brand, 'unknown') as brand
    from orders
    left join customers
        on orders.customer_id = customers.customer_id
    left join order_totals
        on orders.order_id = order_totals.order_id
)

select * from order_brands
