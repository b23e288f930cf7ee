with payments as (
    select
        payment_id,
        order_id,
        customer_id,
        outcome,
        method,
        decline_reason,
        currency,
        amount,
        review_exempt_probability,
        is_review_exempt,
        attempted_at,
        {{ reporting_date('attempted_at') }} as attempted_date
    from {{ ref('stg_payments__payments') }}
),

disputes as (
    select distinct payment_id
    from {{ ref('stg_payments__disputes') }}
),

orders as (
    select
        order_id,
        customer_id,
        brand
    from {{ ref('orders') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('stg_app__customers') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

joined as (
    select
        payments.payment_id,
        payments.order_id,
        coalesce(payments.customer_id, orders.customer_id) as customer_id,
        coalesce(orders.brand, customers.brand, 'unknown') as brand,
        payments.outcome,
        payments.method,
        payments.decline_reason,
        payments.currency,
        {{ converted('payments.amount', 'rates') }} as amount,
        payments.review_exempt_probability,
        payments.is_review_exempt,
        disputes.payment_id is not null as is_disputed,
        payments.attempted_date,
        payments.attempted_at
    from payments
    left join disputes
        on payments.payment_id = disputes.payment_id
    left join orders
        on payments.order_id = orders.order_id
    left join customers
        on payments.customer_id = customers.customer_id
    left join rates
        on
            payments.currency = rates.currency
            and payments.attempted_date = rates.rate_date
)

select * from joined
