select
    concat(subscription_item_id, '-', row_number() over same_item) as change_id,
    subscription_id,
    customer_id,
    price_id as product_id,
    case event_type
        when 'ACTIVE_START' then 'started' when 'ACTIVE_END' then 'cancelled' else 'upgraded'
    end as change_type,
    cast(to_timestamp(cast(event_timestamp as bigint)) at time zone 'UTC' as varchar) as changed_at,
    cast(
        sum(mrr_change::decimal(18, 4)) over same_item / case currency when 'krw' then 1 else 100 end
        as decimal(18, 4)
    ) as monthly_amount,
    upper(currency) as currency
from read_csv('{exports}/subscription_item_change_events.csv', all_varchar = true)
window same_item as (
    partition by subscription_item_id order by cast(event_timestamp as bigint) rows unbounded preceding
)
