with orders as (
    select
        order_id,
        currency,
        discount_amount,
        tax_amount,
        shipping_amount,
        ordered_at
    from {{ ref('stg_app__orders') }}
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
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

dated as (
    select
        orders.*,
        order_payments.order_id is not null as is_paid,
        order_payments.paid_at,
        {{ reporting_date('coalesce(order_payments.paid_at, orders.ordered_at)') }}
            as amount_date
    from orders
    left join order_payments
        on orders.order_id = order_payments.order_id
),

with_rates as (
    select
        dated.order_id,
        rates.usd_rate,
        rates.rate,
        {{ converted('dated.discount_amount', 'rates') }} as discount_amount,
        {{ converted('coalesce(dated.tax_amount, 0)', 'rates') }} as tax_amount,
        {{ converted('coalesce(dated.shipping_amount, 0)', 'rates') }}
            as shipping_amount,
        dated.is_paid,
        dated.amount_date,
        dated.paid_at
    from dated
    left join rates
        on
            dated.currency = rates.currency
            and dated.amount_date = rates.rate_date
)

select * from with_rates
