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
    from {{ as_of() }}
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
        lag(orders.converted_at) over (
            partition by orders.customer_id, orders.brand
            order by orders.converted_at, orders.order_id
        ) as previous_converted_at
    from orders
    inner join as_of
        on orders.revenue_date <= as_of.as_of_date
)

select * from dated
