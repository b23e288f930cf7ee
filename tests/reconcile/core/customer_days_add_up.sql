-- Everything that counts as activity up to as_of is in customer_days, and nothing else: events, their sessions, paid orders
-- that are no guests', their revenue and readings each add up. Threshold: none.
with as_of as (
    select as_of_date from {{ as_of() }}
),

events as (
    select
        case when events.session_id is not null then concat_ws(
            ' ',
            coalesce(events.identified_customer_id, events.customer_id),
            events.session_id
        ) end as customer_session
    from {{ ref('events') }} as events
    cross join as_of
    where
        events.is_activity
        and coalesce(events.identified_customer_id, events.customer_id) is not null
        and {{ reporting_date(
            plausible_moment('events.occurred_at', 'events.received_at')
        ) }} <= as_of.as_of_date
),

facts as (
    select
        'events' as sign,
        count(*) as amount
    from events
    union all
    select
        'sessions' as sign,
        count(distinct customer_session) as amount
    from events
    union all
    select
        'orders' as sign,
        count(*) as amount
    from {{ ref('orders') }} as orders
    cross join as_of
    where
        orders.is_paid
        and orders.customer_id is not null
        and orders.revenue_date <= as_of.as_of_date
    union all
    select
        'revenue' as sign,
        coalesce(sum(orders.revenue), 0) as amount
    from {{ ref('orders') }} as orders
    cross join as_of
    where
        orders.is_paid
        and orders.customer_id is not null
        and orders.revenue_date <= as_of.as_of_date
    union all
    select
        'readings' as sign,
        count(*) as amount
    from {{ ref('stg_devices__readings') }} as readings
    cross join as_of
    where
        {{ reporting_date(
            plausible_moment('readings.measured_at', 'readings.received_at')
        ) }} <= as_of.as_of_date
),

counted as (
    {%- for sign, column in {
        'events': 'event_count',
        'sessions': 'session_count',
        'orders': 'order_count',
        'revenue': 'revenue',
        'readings': 'reading_count',
    }.items() %}
    select
        '{{ sign }}' as sign,
        coalesce(sum({{ column }}), 0) as counted
    from {{ ref('customer_days') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    facts.amount,
    counted.counted,
    coalesce(facts.sign, counted.sign) as sign
from facts
full join counted on facts.sign = counted.sign
where facts.amount is distinct from counted.counted
