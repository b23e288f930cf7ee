with lines as (
    {lines}
),

read as (
    select
        *,
        as_number(price, coalesce(currency, '{reporting_currency}')) as unit_price,
        case when regexp_matches(status, '취소|cancel|void', 'i') then 1 else 0 end as is_out
    from lines
    where order_id is not null and coalesce(product_code, product_name) is not null
),

numbered as (
    select
        *,
        min(is_out) over (partition by order_id) as is_whole_order_out,
        row_number() over (
            partition by order_id
            order by product_code, product_name, unit_price, as_number(quantity), is_out
        ) as line_number
    from read
)

-- A line that was cancelled alone is taken out of its order.
select
    order_id,
    line_number,
    coalesce(product_code, product_name) as product_id,
    case when is_out > is_whole_order_out then 0 else as_number(quantity) end as quantity,
    unit_price
from numbered
