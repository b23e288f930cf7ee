with order_items as (
    select
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price
    from {{ ref('stg_app__order_items') }}
),

shares as (
    select
        order_id,
        line_number,
        share_from,
        share_to
    from {{ ref('int_order_item_shares') }}
),

products as (
    select
        product_id,
        brand
    from {{ ref('stg_app__products') }}
),

orders as (
    select
        order_id,
        customer_id,
        brand,
        gross_amount,
        discount_amount,
        is_paid
    from {{ ref('orders') }}
),

split as (
    select
        order_items.order_id,
        order_items.line_number,
        order_items.product_id,
        orders.customer_id,
        coalesce(orders.brand, products.brand, 'unknown') as brand,
        order_items.quantity,
        order_items.unit_price,
        {{ portion(
            'orders.gross_amount', 'shares.share_from', 'shares.share_to'
        ) }} as gross_amount,
        {{ portion(
            'orders.discount_amount', 'shares.share_from', 'shares.share_to'
        ) }} as discount_amount,
        coalesce(orders.is_paid, false) as is_paid
    from order_items
    inner join shares
        on
            order_items.order_id = shares.order_id
            and order_items.line_number = shares.line_number
    left join orders
        on order_items.order_id = orders.order_id
    left join products
        on order_items.product_id = products.product_id
),

with_revenue as (
    select
        order_id,
        line_number,
        product_id,
        customer_id,
        brand,
        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        {{ paid_amount('gross_amount - discount_amount', 'is_paid') }}
            as revenue,
        is_paid
    from split
)

select * from with_revenue
