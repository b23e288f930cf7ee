with orders as (
    {orders}
),

-- Only the first line of an order holds its currency.
priced as (
    select
        coalesce(sku, item_name) as product_id,
        item_name as product_name,
        as_number(price) as list_price,
        coalesce(
            first_value(currency) over (partition by name order by currency nulls last),
            '{reporting_currency}'
        ) as currency,
        created_at as sold_at,
        name
    from orders
)

select
    product_id,
    max_by(product_name, (sold_at, name, product_name)) as product_name,
    max_by(list_price, (sold_at, name, list_price)) as list_price,
    max_by(currency, (sold_at, name, list_price)) as currency
from priced
where product_id is not null
group by product_id
