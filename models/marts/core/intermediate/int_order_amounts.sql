-- One row per order: whose it is, when it counts, and what it brought.
with orders as (
    select
        order_id,
        customer_id,
        currency,
        discount_amount,
        ordered_at
    from {{ ref('stg_app__orders') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('stg_app__customers') }}
),

order_totals as (
    select
        order_id,
        product_brand,
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
    from {{ ref('int_exchange_rate_days') }}
),

-- An order whose lines have not come yet brings nothing, and its discount takes nothing away.
joined as (
    select
        orders.order_id,
        coalesce(customers.brand, order_totals.product_brand, 'unknown') as brand,
        coalesce(order_totals.item_count, 0) as item_count,
        coalesce(order_totals.gross_amount, 0) as gross_amount,
        case when order_totals.order_id is null then 0 else orders.discount_amount end as discount_amount,
        orders.currency,
        order_payments.order_id is not null as is_paid,
        {{ reporting_date('coalesce(order_payments.paid_at, orders.ordered_at)') }} as amount_date,
        order_payments.paid_at
    from orders
    left join customers
        on orders.customer_id = customers.customer_id
    left join order_totals
        on orders.order_id = order_totals.order_id
    left join order_payments
        on orders.order_id = order_payments.order_id
),

order_amounts as (
    select
        joined.order_id,
        joined.brand,
        joined.item_count,
        {{ in_usd('joined.gross_amount', 'rates.usd_rate') }} as gross_amount_usd,
        {{ in_usd('joined.discount_amount', 'rates.usd_rate') }} as discount_amount_usd,
        joined.is_paid,
        joined.amount_date,
        joined.paid_at
    from joined
    left join rates
        on joined.currency = rates.currency
        and joined.amount_date = rates.rate_date
)

select * from order_amounts
