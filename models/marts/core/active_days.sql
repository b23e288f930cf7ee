-- One row per customer, brand and day on which the customer was active.
with events as (
    select
        -- An event that names its customer counts for it on a shared device too.
        coalesce(identified_customer_id, customer_id) as customer_id,
        brand,
        {{ plausible_moment('occurred_at', 'received_at') }} as occurred_at
    from {{ ref('events') }}
    where is_activity
),

orders as (
    select
        customer_id,
        brand,
        revenue_date
    from {{ ref('orders') }}
    where is_paid
),

readings as (
    select
        customer_id,
        {{ plausible_moment('measured_at', 'received_at') }} as measured_at
    from {{ ref('stg_devices__readings') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('stg_app__customers') }}
),

as_of as (
    select as_of_date from {{ ref('as_of') }}
),

event_days as (
    select
        customer_id,
        brand,
        {{ reporting_date('occurred_at') }} as active_date,
        count(*) as event_count
    from events
    where customer_id is not null
    group by 1, 2, 3
),

order_days as (
    select
        customer_id,
        brand,
        revenue_date as active_date,
        count(*) as order_count
    from orders
    group by 1, 2, 3
),

reading_days as (
    select
        readings.customer_id,
        coalesce(customers.brand, 'unknown') as brand,
        {{ reporting_date('readings.measured_at') }} as active_date,
        count(*) as reading_count
    from readings
    left join customers on readings.customer_id = customers.customer_id
    group by 1, 2, 3
),

signs as (
    select
        customer_id,
        brand,
        active_date,
        event_count,
        0 as order_count,
        0 as reading_count
    from event_days
    union all
    select
        customer_id,
        brand,
        active_date,
        0 as event_count,
        order_count,
        0 as reading_count
    from order_days
    union all
    select
        customer_id,
        brand,
        active_date,
        0 as event_count,
        0 as order_count,
        reading_count
    from reading_days
),

active_days as (
    select
        signs.customer_id,
        signs.brand,
        cast(sum(signs.event_count) as bigint) as event_count,
        cast(sum(signs.order_count) as bigint) as order_count,
        cast(sum(signs.reading_count) as bigint) as reading_count,
        signs.active_date
    from signs
    inner join as_of on signs.active_date <= as_of.as_of_date
    group by 1, 2, 6
)

select * from active_days
