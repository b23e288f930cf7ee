with arrivals as (
    select
        source_system,
        table_name,
        arrival_date,
        raw_row_count
    from {{ ref('raw_row_days') }}
    where raw_row_count > 0
),

active_days as (
    select
        customer_id,
        max(activity_date) as last_active_date
    from {{ ref('customer_days') }}
    group by customer_id
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- A subscriber is active today.
customers as (
    select
        case
            when customers.is_subscriber then as_of.as_of_date
            else greatest(
                coalesce(active_days.last_active_date, customers.created_date),
                customers.created_date
            )
        end as last_active_date
    from {{ ref('customers') }} as customers
    cross join as_of
    left join active_days
        on customers.customer_id = active_days.customer_id
),

kept as (
    select
        source_system,
        table_name,
        'arrival' as counted_from,
        raw_row_count as row_count,
        arrival_date as from_date
    from arrivals
    union all
    select
        'app' as source_system,
        'customers' as table_name,
        'last_activity' as counted_from,
        count(*) as row_count,
        last_active_date as from_date
    from customers
    group by last_active_date
)

select * from kept
