select
    "Name" as order_id,
    md5(lower(trim("Email"))) as customer_id,
    "Created at" as ordered_at,
    "Paid at" as paid_at,
    case "Financial Status"
        when 'pending' then 'placed'
        when 'voided' then 'cancelled'
        when 'partially_refunded' then 'paid'
        else "Financial Status"
    end as status,
    "Currency" as currency,
    "Discount Amount" as discount_amount,
    -- Korean prices hold their tax; what is on top is what the total has beyond subtotal and shipping.
    cast(
        "Total"::decimal(18, 4) - "Subtotal"::decimal(18, 4) - "Shipping"::decimal(18, 4) as varchar
    ) as tax_amount,
    "Shipping" as shipping_amount
from read_csv('{exports}/orders_export_1.csv', all_varchar = true)
where "Financial Status" is not null
