with refunds as (
    select
        refund_id,
        payment_id,
        order_id,
        reason,
        currency,
        amount,
        refunded_at,
        {{ reporting_date('refunded_at') }} as refunded_date
    from {{ ref('stg_payments__refunds') }}
),

orders as (
    select
        order_id,
        customer_id,
        brand
    from {{ ref('orders') }}
),

payments as (
    select
        payment_id,
        customer_id,
        brand
    from {{ ref('payments') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('exchange_rate_days') }}
),

joined as (
    select
        refunds.refund_id,
        refunds.payment_id,
        refunds.order_id,
        coalesce(orders.customer_id, payments.customer_id) as customer_id,
        coalesce(orders.brand, payments.brand, 'unknown') as brand,
        refunds.reason,
        refunds.currency,
        {{ converted('refunds.amount', 'rates') }} as refund_amount,
        refunds.refunded_date,
        refunds.refunded_at
    from refunds
    left join orders
        on refunds.order_id = orders.order_id
    left join payments
        on refunds.payment_id = payments.payment_id
    left join rates
        on
            refunds.currency = rates.currency
            and refunds.refunded_date = rates.rate_date
)

select * from joined
