-- One row per order and line: its newest version.
with order_items as (
    {{ judged('app', 'order_items') }}
)

select
    order_id,
    line_number,
    product_id,
    quantity,
    unit_price,
    arrived_at
from order_items
where fate = 'staged'
