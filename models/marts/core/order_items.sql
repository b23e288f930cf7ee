with order_items as (
    select
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price
    from {{ ref('stg_app__order_items') }}
),

order_lines as (
    select
        order_id,
        line_number,
        item_type,
        gross_amount,
        discount_amount,
        revenue,
        deferred_amount,
        is_paid
    from {{ ref('int_order_lines') }}
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
        brand
    from {{ ref('orders') }}
),

joined as (
    select
        order_items.order_id,
        order_items.line_number,
        order_items.product_id,
        orders.customer_id,
        coalesce(orders.brand, products.brand, 'unknown') as brand,
        order_lines.item_type,
        order_items.quantity,
        order_items.unit_price,
        order_lines.gross_amount,
        order_lines.discount_amount,
        order_lines.revenue,
        order_lines.deferred_amount,
        order_lines.is_paid
    from order_items
    inner join order_lines
        on
            order_items.order_id = order_lines.order_id
            and order_items.line_number = order_lines.line_number
    left join orders
        on order_items.order_id = orders.order_id
    left join products
        on order_items.product_id = products.product_id
)

select * from joined
