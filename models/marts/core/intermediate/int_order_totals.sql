with order_items as (
    select
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price
    from {{ ref('stg_app__order_items') }}
),

products as (
    select
        product_id,
        brand
    from {{ ref('stg_app__products') }}
),

order_totals as (
    select
        order_items.order_id,
        min_by(products.brand, order_items.line_number) as product_brand,
        count(*) as item_count,
        cast(
            sum(order_items.quantity * order_items.unit_price) as decimal(38, 8)
        ) as gross_amount
    from order_items
    left join products
        on order_items.product_id = products.product_id
    group by order_items.order_id
)

select * from order_totals
