with orders as (
    {orders}
)

-- A row of no item is an order of fees or shipping alone.
select
    order_id,
    row_number() over (
        partition by order_id
        order by try_cast(item_id as bigint), item_sku, item_name, as_number(item_total)
    ) as line_number,
    coalesce(item_sku, item_product_id, item_name) as product_id,
    item_quantity as quantity,
    round(
        as_number(coalesce(item_subtotal, item_total)) / nullif(as_number(item_quantity), 0), 8
    ) as unit_price
from orders
where as_number(item_quantity) <> 0
