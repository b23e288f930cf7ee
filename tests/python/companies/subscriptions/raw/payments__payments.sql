select
    id as payment_id,
    invoice as order_id,
    customer as customer_id,
    cast(to_timestamp(cast(created as bigint)) at time zone 'UTC' as varchar) as attempted_at,
    cast(amount::decimal(18, 4) / case currency when 'krw' then 1 else 100 end as decimal(18, 4)) as amount,
    upper(currency) as currency,
    payment_method_details_type as method,
    case status when 'failed' then 'declined' else status end as outcome
from read_csv('{exports}/charges.csv', all_varchar = true)
