-- Everything that counts as activity up to as_of is in active_days, and nothing else: events, paid orders and
-- readings each add up. Threshold: none.
with as_of as (
    select as_of_date from {{ ref('as_of') }}
),

facts as (
    select
        'events' as sign,
        count(*) as fact_count
    from {{ ref('events') }} as events
    cross join as_of
    where
        events.is_activity
        and coalesce(events.identified_customer_id, events.customer_id) is not null
        and {{ reporting_date(
            plausible_moment('events.occurred_at', 'events.received_at')
        ) }} <= as_of.as_of_date
    union all
    select
        'orders' as sign,
        count(*) as fact_count
    from {{ ref('orders') }} as orders
    cross join as_of
    where orders.is_paid and orders.revenue_date <= as_of.as_of_date
    union all
    select
        'readings' as sign,
        count(*) as fact_count
    from {{ ref('stg_devices__readings') }} as readings
    cross join as_of
    where
        {{ reporting_date(
            plausible_moment('readings.measured_at', 'readings.received_at')
        ) }} <= as_of.as_of_date
),

counted as (
    select
        'events' as sign,
        coalesce(sum(event_count), 0) as counted
    from {{ ref('active_days') }}
    union all
    select
        'orders' as sign,
        coalesce(sum(order_count), 0) as counted
    from {{ ref('active_days') }}
    union all
    select
        'readings' as sign,
        coalesce(sum(reading_count), 0) as counted
    from {{ ref('active_days') }}
)

select
    facts.fact_count,
    counted.counted,
    coalesce(facts.sign, counted.sign) as sign
from facts
full join counted on facts.sign = counted.sign
where facts.fact_count is distinct from counted.counted
