with heavy_customers as (
    select * from {{ ref('int_heavy_customers') }}
),

customers as (
    select
        customer_id,
        country_code
    from {{ ref('customers') }}
),

time_zones as (
    select
        country_code,
        time_zone
    from {{ ref('country_time_zones') }}
),

events as (
    select
        event_id,
        coalesce(identified_customer_id, customer_id) as customer_id,
        brand,
        event_name,
        device_type,
        properties,
        occurred_at,
        {{ reporting_date('occurred_at') }} as occurred_date
    from {{ ref('events') }}
    where is_activity
),

localised as (
    select
        heavy_customers.customer_id,
        heavy_customers.brand,
        heavy_customers.is_heavy,
        events.event_id,
        events.event_name,
        events.device_type,
        events.properties,
        {{ at_time_zone(
            'events.occurred_at', "coalesce(time_zones.time_zone, 'UTC')"
        ) }} as local_at
    from heavy_customers
    inner join events
        on
            heavy_customers.customer_id = events.customer_id
            and heavy_customers.brand = events.brand
            and heavy_customers.first_date <= events.occurred_date
            and heavy_customers.end_date > events.occurred_date
    left join customers
        on heavy_customers.customer_id = customers.customer_id
    left join time_zones
        on customers.country_code = time_zones.country_code
)

select * from localised
