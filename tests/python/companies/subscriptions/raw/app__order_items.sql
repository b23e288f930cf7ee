select
    invoice as order_id,
    row_number() over (partition by invoice order by id) as line_number,
    price_id as product_id,
    sign(amount::decimal(18, 4)) as quantity,
    cast(abs(amount::decimal(18, 4)) / case currency when 'krw' then 1 else 100 end as decimal(18, 4)) as unit_price
from read_csv('{exports}/invoice_line_items.csv', all_varchar = true)
