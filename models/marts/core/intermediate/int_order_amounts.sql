with orders as (
    select
        order_id,
        currency,
        discount_amount,
        ordered_at
    from {{ ref('stg_app__orders') }}
),

order_totals as (
    select
        order_id,
        item_count,
        gross_amount
    from {{ ref('int_order_totals') }}
),

order_payments as (
    select
        order_id,
        paid_at
    from {{ ref('int_order_payments') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('exchange_rate_days') }}
),

-- An order whose lines have not come brings nothing, and its discount takes nothing.
joined as (
    select
        orders.order_id,
        coalesce(order_totals.item_count, 0) as item_count,
        coalesce(order_totals.gross_amount, 0) as gross_amount,
        case
            when order_totals.order_id is not null then orders.discount_amount
            else 0
        end as discount_amount,
        orders.currency,
        order_payments.order_id is not null as is_paid,
        order_payments.paid_at,
        coalesce(order_payments.paid_at, orders.ordered_at) as counted_at
    from orders
    left join order_totals
        on orders.order_id = order_totals.order_id
    left join order_payments
        on orders.order_id = order_payments.order_id
),

-- Revenue is rounded once; the discount is what lies between gross and revenue.
order_amounts as (
    select
        joined.order_id,
        joined.item_count,
        {{ converted('joined.gross_amount', 'rates') }} as gross_amount,
        cast(
            {{ converted('joined.gross_amount', 'rates') }}
            - {{ converted(
                'joined.gross_amount - joined.discount_amount', 'rates'
            ) }} as decimal(24, 6)
        ) as discount_amount,
        joined.is_paid,
        {{ reporting_date('joined.counted_at') }} as amount_date,
        joined.paid_at
    from joined
    left join rates
        on
            joined.currency = rates.currency
            and {{ reporting_date('joined.counted_at') }} = rates.rate_date
),

with_revenue as (
    select
        *,
        {{ paid_amount('gross_amount - discount_amount', 'is_paid') }}
            as revenue
    from order_amounts
)

select * from with_revenue
