-- Why: revenue by product must add up to revenue by order, whichever way it is cut.
-- Threshold: none, to the cent, order by order.
-- A failure means: the split of an order over its lines loses or makes cents, or lines are missing.
with orders as (
    select
        order_id,
        item_count,
        gross_amount_usd,
        discount_amount_usd,
        revenue_usd
    from {{ ref('orders') }}
),

lines as (
    select
        order_id,
        count(*) as item_count,
        sum(gross_amount_usd) as gross_amount_usd,
        sum(discount_amount_usd) as discount_amount_usd,
        sum(revenue_usd) as revenue_usd
    from {{ ref('order_items') }}
    group by order_id
),

compared as (
    select
        coalesce(orders.order_id, lines.order_id) as order_id,
        coalesce(orders.item_count, lines.item_count) as order_item_count,
        coalesce(lines.item_count, 0) as line_count,
        coalesce(orders.gross_amount_usd, 0)
        - coalesce(lines.gross_amount_usd, 0) as gross_difference_usd,
        coalesce(orders.discount_amount_usd, 0)
        - coalesce(lines.discount_amount_usd, 0) as discount_difference_usd,
        coalesce(orders.revenue_usd, 0)
        - coalesce(lines.revenue_usd, 0) as revenue_difference_usd
    from orders
    full join lines
        on orders.order_id = lines.order_id
)

select *
from compared
where
    order_item_count <> line_count
    or gross_difference_usd <> 0
    or discount_difference_usd <> 0
    or revenue_difference_usd <> 0
