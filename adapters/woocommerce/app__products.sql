with orders as (
    {orders}
),

priced as (
    select
        coalesce(item_sku, item_product_id, item_name) as product_id,
        coalesce(item_name, item_sku, item_product_id) as product_name,
        round(
            as_number(coalesce(item_subtotal, item_total)) / nullif(as_number(item_quantity), 0), 8
        ) as list_price,
        coalesce(currency, '{reporting_currency}') as currency,
        ordered_at as sold_at,
        order_id
    from orders
)

select
    product_id,
    max_by(product_name, (sold_at, order_id, product_name)) as product_name,
    max_by(list_price, (sold_at, order_id, list_price)) as list_price,
    max_by(currency, (sold_at, order_id, list_price)) as currency
from priced
where product_id is not null and list_price >= 0
group by product_id
