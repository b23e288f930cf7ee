with orders as (
    select
        order_id,
        customer_id,
        brand,
        revenue,
        is_first_order,
        revenue_date,
        coalesce(paid_at, ordered_at) as converted_at
    from {{ ref('orders') }}
    where
        is_paid
        and order_type = 'purchase'
),

as_of as (
    select
        as_of_date,
        covered_date
    from {{ covered_by([
        'app.orders', 'app.order_items', 'app.order_status_events', 'events.events',
        'payments.payments', 'finance.exchange_rates',
    ]) }}
),

-- Orders of one basket, paid in the same moment, are one another's previous order in neither direction.
moments as (
    select
        customer_id,
        brand,
        converted_at,
        lag(converted_at) over (
            partition by customer_id, brand order by converted_at
        ) as previous_converted_at
    from orders
    where customer_id is not null
    group by customer_id, brand, converted_at
),

-- A fit is complete when the journeys without conversion that end in its month are known to be without.
dated as (
    select
        orders.order_id as conversion_id,
        orders.customer_id,
        orders.brand,
        orders.revenue,
        orders.is_first_order,
        {{ is_final('orders.revenue_date', 'as_of.covered_date') }} as is_final,
        {{ is_final(
            dbt.dateadd(
                'day',
                var('attribution_look_back_days'),
                dbt.last_day('orders.revenue_date', 'month')
            ),
            'as_of.covered_date'
        ) }} as is_fit_final,
        {{ month_of('orders.revenue_date') }} as month,
        orders.revenue_date as converted_date,
        orders.converted_at,
        moments.previous_converted_at
    from orders
    inner join as_of
        on orders.revenue_date <= as_of.as_of_date
    left join moments
        on
            orders.customer_id = moments.customer_id
            and orders.brand = moments.brand
            and orders.converted_at = moments.converted_at
)

select * from dated
