select
    id as dispute_id,
    charge as payment_id,
    case reason when 'fraudulent' then 'fraud' when 'product_not_received' then 'not_received' else 'quality' end as reason,
    cast(amount::decimal(18, 4) / case currency when 'krw' then 1 else 100 end as decimal(18, 4)) as amount,
    upper(currency) as currency,
    case when status in ('won', 'lost') then status end as outcome,
    cast(to_timestamp(cast(created as bigint)) at time zone 'UTC' as varchar) as opened_at
from read_csv('{exports}/disputes.csv', all_varchar = true)
