with customer_days as (
    select
        customer_id,
        brand,
        event_count,
        session_count,
        order_count,
        reading_count,
        revenue,
        {{ month_of('activity_date') }} as month
    from {{ ref('customer_days') }}
),

as_of as (
    select
        as_of_date,
        covered_date
    from {{ covered_by([
        'app.orders', 'app.order_status_events', 'devices.readings', 'events.events',
        'payments.payments',
    ]) }}
),

summed as (
    select
        customer_id,
        brand,
        count(*) as active_days,
        cast(sum(event_count) as bigint) as event_count,
        cast(sum(session_count) as bigint) as session_count,
        cast(sum(order_count) as bigint) as order_count,
        cast(sum(reading_count) as bigint) as reading_count,
        cast(sum(revenue) as decimal(24, 6)) as revenue,
        month
    from customer_days
    group by customer_id, brand, month
),

months as (
    select
        summed.*,
        -- of the running month those up to as_of
        cast({{ dbt.datediff(
            'summed.month',
            'least(as_of.as_of_date, ' ~ dbt.last_day('summed.month', 'month') ~ ')',
            'day'
        ) }} + 1 as bigint) as days_of_month,
        min(summed.month) over (partition by summed.customer_id, summed.brand)
        = summed.month as is_first_month,
        {{ is_final(dbt.last_day('summed.month', 'month'), 'as_of.covered_date') }}
            as is_final
    from summed
    cross join as_of
)

select * from months
