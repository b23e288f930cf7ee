select
    refunds.id as refund_id,
    refunds.charge as payment_id,
    charges.invoice as order_id,
    cast(refunds.amount::decimal(18, 4) / case refunds.currency when 'krw' then 1 else 100 end as decimal(18, 4)) as amount,
    upper(refunds.currency) as currency,
    refunds.reason,
    refunds.status,
    cast(to_timestamp(cast(refunds.created as bigint)) at time zone 'UTC' as varchar) as refunded_at
from read_csv('{exports}/refunds.csv', all_varchar = true) as refunds
left join read_csv('{exports}/charges.csv', all_varchar = true) as charges
    on refunds.charge = charges.id
