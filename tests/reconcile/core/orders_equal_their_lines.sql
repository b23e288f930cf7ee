-- Why: revenue by product must add up to revenue by order, whichever way it is cut.
-- Threshold: none, to the cent, order by order.
-- A failure means: the split of an order over its lines loses or makes cents, or lines are missing.
with orders as (
    select
        order_id,
        item_count,
        gross_amount,
        discount_amount,
        revenue
    from {{ ref('orders') }}
),

lines as (
    select
        order_id,
        count(*) as item_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(revenue) as revenue
    from {{ ref('order_items') }}
    group by order_id
),

compared as (
    select
        coalesce(orders.order_id, lines.order_id) as order_id,
        coalesce(orders.item_count, lines.item_count) as order_item_count,
        coalesce(lines.item_count, 0) as line_count,
        coalesce(orders.gross_amount, 0)
        - coalesce(lines.gross_amount, 0) as gross_difference,
        coalesce(orders.discount_amount, 0)
        - coalesce(lines.discount_amount, 0) as discount_difference,
        coalesce(orders.revenue, 0)
        - coalesce(lines.revenue, 0) as revenue_difference
    from orders
    full join lines
        on orders.order_id = lines.order_id
)

select *
from compared
where
    order_item_count <> line_count
    or gross_difference <> 0
    or discount_difference <> 0
    or revenue_difference <> 0
