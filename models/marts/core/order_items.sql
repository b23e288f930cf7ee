-- One row per order and line, with its part of the order's amounts.
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

orders as (
    select
        order_id,
        customer_id,
        brand,
        gross_amount_usd,
        discount_amount_usd,
        is_paid
    from {{ ref('orders') }}
),

-- Lines that all cost nothing share the order's discount alike.
weighted as (
    select
        *,
        case
            when sum(quantity * unit_price) over (partition by order_id) = 0 then 1.0
            else cast(quantity * unit_price as double)
        end as weight
    from order_items
),

-- Divided by the last running sum, the last line's share is exactly 1.
running as (
    select
        *,
        sum(weight) over (
            partition by order_id order by line_number
            rows between unbounded preceding and current row
        ) as running_weight
    from weighted
),

shares as (
    select
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price,
        coalesce(lag(running_weight) over lines, 0) / max(running_weight) over whole as share_from,
        running_weight / max(running_weight) over whole as share_to
    from running
    window
        lines as (partition by order_id order by line_number),
        whole as (partition by order_id)
),

amounts as (
    select
        shares.order_id,
        shares.line_number,
        shares.product_id,
        orders.customer_id,
        coalesce(orders.brand, products.brand, 'unknown') as brand,
        shares.quantity,
        shares.unit_price,
        {{ split_to_the_cent('coalesce(orders.gross_amount_usd, 0)', 'shares.share_from', 'shares.share_to') }} as gross_amount_usd,
        {{ split_to_the_cent('coalesce(orders.discount_amount_usd, 0)', 'shares.share_from', 'shares.share_to') }} as discount_amount_usd,
        coalesce(orders.is_paid, false) as is_paid
    from shares
    left join orders
        on shares.order_id = orders.order_id
    left join products
        on shares.product_id = products.product_id
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
        gross_amount_usd,
        discount_amount_usd,
        cast(case when is_paid then gross_amount_usd - discount_amount_usd else 0 end as decimal(18, 2)) as revenue_usd,
        is_paid
    from amounts
)

select * from with_revenue
