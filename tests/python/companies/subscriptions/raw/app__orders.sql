select
    id as order_id,
    customer as customer_id,
    case billing_reason when 'subscription_create' then 'purchase' else 'renewal' end as order_type,
    cast(to_timestamp(cast(created as bigint)) at time zone 'UTC' as varchar) as ordered_at,
    cast(to_timestamp(cast(status_transitions_paid_at as bigint)) at time zone 'UTC' as varchar) as paid_at,
    case status when 'open' then 'placed' else status end as status,
    upper(currency) as currency,
    -- Won have no cents.
    cast(discount_amount::decimal(18, 4) / case currency when 'krw' then 1 else 100 end as decimal(18, 4)) as discount_amount,
    cast(tax::decimal(18, 4) / case currency when 'krw' then 1 else 100 end as decimal(18, 4)) as tax_amount,
    subscription as subscription_id
from read_csv('{exports}/invoices.csv', all_varchar = true)
