-- One row per customer, brand and month in which the customer was active.
with customer_days as (
    select
        customer_id,
        brand,
        event_count,
        session_count,
        order_count,
        reading_count,
        revenue_usd,
        activity_date,
        {{ month_of('activity_date') }} as month
    from {{ ref('customer_days') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

months as (
    select
        customer_id,
        brand,
        count(*) as active_days,
        cast(sum(event_count) as bigint) as event_count,
        cast(sum(session_count) as bigint) as session_count,
        cast(sum(order_count) as bigint) as order_count,
        cast(sum(reading_count) as bigint) as reading_count,
        cast(sum(revenue_usd) as decimal(18, 2)) as revenue_usd,
        month
    from customer_days
    group by customer_id, brand, month
)

select
    months.customer_id,
    months.brand,
    months.active_days,
    -- of the running month those up to as_of
    cast({{ dbt.datediff(
        'months.month',
        'least(as_of.as_of_date, ' ~ dbt.last_day('months.month', 'month') ~ ')',
        'day'
    ) }} + 1 as bigint) as days_of_month,
    months.event_count,
    months.session_count,
    months.order_count,
    months.reading_count,
    months.revenue_usd,
    min(months.month) over (partition by months.customer_id, months.brand)
    = months.month as is_first_month,
    {{ is_final(dbt.last_day('months.month', 'month'), 'as_of.as_of_date') }}
        as is_final,
    months.month
from months
cross join as_of
