with customers as (
    select
        brand,
        min({{ reporting_date('created_at') }}) as first_created_date
    from {{ ref('stg_app__customers') }}
    group by brand
),

orders as (
    select
        order_brands.brand,
        min({{ reporting_date('orders.ordered_at') }}) as fact_date
    from {{ ref('stg_app__orders') }} as orders
    inner join {{ ref('int_order_brands') }} as order_brands
        on orders.order_id = order_brands.order_id
    group by order_brands.brand
),

changes as (
    select
        brands.brand,
        min({{ reporting_date('changes.changed_at') }}) as fact_date
    from {{ ref('stg_app__subscription_changes') }} as changes
    inner join {{ ref('int_subscription_brands') }} as brands
        on changes.change_id = brands.change_id
    group by brands.brand
),

readings as (
    select
        coalesce(customers.brand, 'unknown') as brand,
        min({{ reporting_date(plausible_moment(
            'readings.measured_at', 'readings.received_at'
        )) }}) as fact_date
    from {{ ref('stg_devices__readings') }} as readings
    left join {{ ref('stg_app__customers') }} as customers
        on readings.customer_id = customers.customer_id
    group by coalesce(customers.brand, 'unknown')
),

events as (
    select
        brand,
        min({{ reporting_date(plausible_moment('occurred_at', 'received_at')) }})
            as fact_date
    from {{ ref('stg_events__events') }}
    group by brand
),

facts as (
    select * from orders
    union all
    select * from changes
    union all
    select * from readings
    union all
    select * from events
),

firsts as (
    select
        brand,
        min(fact_date) as first_fact_date
    from facts
    group by brand
),

-- Where nobody is older than a churn gap, the company is as old as its data, and signing up was its first fact.
starts as (
    select
        firsts.brand,
        case
            when
                {{ dbt.datediff(
                    'customers.first_created_date', 'firsts.first_fact_date', 'day'
                ) }} <= {{ var('churn_gap_days') }}
                then least(customers.first_created_date, firsts.first_fact_date)
            else firsts.first_fact_date
        end as facts_from_date
    from firsts
    left join customers
        on firsts.brand = customers.brand
)

select * from starts
