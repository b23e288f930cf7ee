with refunds as (
    select
        refund_id,
        payment_id,
        order_id,
        reason,
        status,
        currency,
        amount,
        tax_amount,
        shipping_amount,
        refunded_at,
        status <> 'failed' as is_refunded,
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

order_amounts as (
    select
        order_id,
        goods_amount,
        gross_amount - discount_amount - goods_amount as other_amount,
        tax_amount,
        shipping_amount
    from {{ ref('int_order_amounts') }}
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
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

-- A failed refund gave nothing back. What the source calls tax or shipping is no revenue; of the rest, what it does not
-- say is shared as the order is.
converted as (
    select
        refunds.*,
        {{ converted(
            'case when refunds.is_refunded then refunds.amount else 0 end', 'rates'
        ) }} as refund_amount,
        {{ converted(
            'case when refunds.is_refunded then greatest('
            'refunds.amount - coalesce(refunds.tax_amount, 0)'
            ' - coalesce(refunds.shipping_amount, 0), 0) else 0 end', 'rates'
        ) }} as remaining_amount
    from refunds
    left join rates
        on
            refunds.currency = rates.currency
            and refunds.refunded_date = rates.rate_date
),

joined as (
    select
        converted.refund_id,
        converted.payment_id,
        converted.order_id,
        coalesce(orders.customer_id, payments.customer_id) as customer_id,
        coalesce(orders.brand, payments.brand, 'unknown') as brand,
        converted.reason,
        converted.status,
        converted.currency,
        converted.refund_amount,
        {{ revenue_part(
            'converted.remaining_amount',
            'order_amounts.goods_amount',
            'greatest(order_amounts.other_amount, 0)'
            ' + case when converted.tax_amount is null'
            ' then order_amounts.tax_amount else 0 end'
            ' + case when converted.shipping_amount is null'
            ' then order_amounts.shipping_amount else 0 end'
        ) }} as refunded_revenue,
        converted.refunded_date,
        converted.refunded_at
    from converted
    left join orders
        on converted.order_id = orders.order_id
    left join order_amounts
        on converted.order_id = order_amounts.order_id
    left join payments
        on converted.payment_id = payments.payment_id
)

select * from joined
