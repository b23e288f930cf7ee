with lines as (
    {lines}
),

priced as (
    select
        coalesce(product_code, product_name) as product_id,
        coalesce(product_name, product_code) as product_name,
        coalesce(currency, '{reporting_currency}') as currency,
        abs(as_number(price, coalesce(currency, '{reporting_currency}'))) as list_price,
        ordered_at as sold_at,
        order_id
    from lines
    where order_id is not null
)

select
    product_id,
    max_by(product_name, (sold_at, order_id, product_name)) as product_name,
    max_by(list_price, (sold_at, order_id, list_price)) as list_price,
    max_by(currency, (sold_at, order_id, list_price)) as currency
from priced
where product_id is not null and list_price is not null
group by product_id
