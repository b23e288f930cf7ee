select
    "Name" as order_id,
    row_number() over (partition by "Name" order by "Lineitem sku", "Lineitem name") as line_number,
    coalesce("Lineitem sku", "Lineitem name") as product_id,
    "Lineitem quantity" as quantity,
    "Lineitem price" as unit_price
from read_csv('{exports}/orders_export_1.csv', all_varchar = true)
