{{ config(materialized='view') }}
with events as (
    select
        event_id,
        -- An event that names its customer counts for it on a shared device too.
        coalesce(identified_customer_id, customer_id) as customer_id,
        session_id,
        brand,
        fingerprint,
        {{ reporting_date('occurred_at') }} as activity_date
    from {{ ref('events') }}
    where is_activity
),

orders as (
    select
        customer_id,
        order_id,
        brand,
        revenue,
        revenue_date
    from {{ ref('orders') }}
    where is_paid and customer_id is not null
),

readings as (
    select
        customer_id,
        reading_id,
        {{ reporting_date(plausible_moment('measured_at', 'received_at')) }}
            as activity_date
    from {{ ref('stg_devices__readings') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('stg_app__customers') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

activities as (
    select
        customer_id,
        brand,
        'event' as activity,
        event_id as activity_id,
        session_id,
        cast(null as decimal(24, 6)) as revenue,
        activity_date,
        {{ row_fingerprint(['fingerprint', 'session_id', 'activity_date']) }}
            as fingerprint
    from events
    where customer_id is not null
    union all
    select
        customer_id,
        brand,
        'order' as activity,
        order_id as activity_id,
        cast(null as varchar) as session_id,
        revenue,
        revenue_date as activity_date,
        {{ row_fingerprint(['order_id', 'revenue', 'revenue_date']) }}
            as fingerprint
    from orders
    union all
    select
        readings.customer_id,
        coalesce(customers.brand, 'unknown') as brand,
        'reading' as activity,
        readings.reading_id as activity_id,
        cast(null as varchar) as session_id,
        cast(null as decimal(24, 6)) as revenue,
        readings.activity_date,
        {{ row_fingerprint(['readings.reading_id', 'readings.activity_date']) }}
            as fingerprint
    from readings
    left join customers on readings.customer_id = customers.customer_id
),

by_as_of as (
    select activities.*
    from activities
    inner join as_of on activities.activity_date <= as_of.as_of_date
)

select * from by_as_of
