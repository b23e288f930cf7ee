select
    concat('refund of ', "Name") as refund_id,
    "Name" as order_id,
    "Refunded Amount" as amount,
    "Currency" as currency,
    "Paid at" as refunded_at
from read_csv('{exports}/orders_export_1.csv', all_varchar = true)
where "Refunded Amount"::decimal(18, 4) > 0
