-- Everything that counts as activity up to as_of is in active_days, and nothing else: events, paid orders and
-- readings each add up. Threshold: none.
with as_of as (
    select as_of_date from {{ ref('as_of') }}
),

facts as (
    select 'events' as sign, count(*) as fact_count
    from {{ ref('events') }}
    cross join as_of
    where
        is_activity
        and coalesce(identified_customer_id, customer_id) is not null
        and {{ reporting_date(plausible_moment('occurred_at', 'received_at')) }} <= as_of_date
    union all
    select 'orders', count(*)
    from {{ ref('orders') }}
    cross join as_of
    where is_paid and revenue_date <= as_of_date
    union all
    select 'readings', count(*)
    from {{ ref('stg_devices__readings') }}
    cross join as_of
    where {{ reporting_date(plausible_moment('measured_at', 'received_at')) }} <= as_of_date
),

counted as (
    select 'events' as sign, coalesce(sum(event_count), 0) as counted from {{ ref('active_days') }}
    union all
    select 'orders', coalesce(sum(order_count), 0) from {{ ref('active_days') }}
    union all
    select 'readings', coalesce(sum(reading_count), 0) from {{ ref('active_days') }}
)

select *
from facts
full join counted on facts.sign = counted.sign
where facts.fact_count is distinct from counted.counted
