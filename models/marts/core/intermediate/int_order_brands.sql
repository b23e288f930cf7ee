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

order_items as (
    select
        order_id,
        line_number,
        product_id
    from {{ ref('stg_app__order_items') }}
),

products as (
    select
        product_id,
        brand
    from {{ ref('stg_app__products') }}
),

-- The first line whose product is known.
product_brands as (
    select
        order_items.order_id,
        min_by(products.brand, order_items.line_number) as brand
    from order_items
    inner join products
        on order_items.product_id = products.product_id
    group by order_items.order_id
),

-- A company with one brand needs nobody to say whose a guest's order is.
only_brands as (
    select min(brand) as brand
    from (
        select brand from customers
        union all
        select brand from products
    ) as known_brands
    having count(distinct brand) = 1
),

order_brands as (
    select
        orders.order_id,
        coalesce(
            customers.brand, product_brands.brand, only_brands.brand, 'unknown'
        ) as brand
    from orders
    left join customers
        on orders.customer_id = customers.customer_id
    left join product_brands
        on orders.order_id = product_brands.order_id
    left join only_brands
        on true
)

select * from order_brands
