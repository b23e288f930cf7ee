with disputes as (
    select
        dispute_id,
        payment_id,
        reason,
        outcome,
        currency,
        amount,
        opened_at,
        closed_at,
        coalesce(outcome = 'lost', false) as is_lost,
        {{ reporting_date('opened_at') }} as opened_date,
        {{ reporting_date('coalesce(closed_at, opened_at)') }} as counted_date
    from {{ ref('stg_payments__disputes') }}
),

payments as (
    select
        payment_id,
        order_id,
        customer_id,
        brand
    from {{ ref('payments') }}
),

order_amounts as (
    select
        order_id,
        goods_amount,
        greatest(gross_amount - discount_amount - goods_amount, 0)
        + tax_amount + shipping_amount as other_amount
    from {{ ref('int_order_amounts') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

converted as (
    select
        disputes.*,
        {{ converted('disputes.amount', 'rates') }} as dispute_amount
    from disputes
    left join rates
        on
            disputes.currency = rates.currency
            and disputes.counted_date = rates.rate_date
),

joined as (
    select
        converted.dispute_id,
        converted.payment_id,
        payments.order_id,
        payments.customer_id,
        coalesce(payments.brand, 'unknown') as brand,
        converted.reason,
        converted.outcome,
        converted.currency,
        converted.dispute_amount,
        {{ revenue_part(
            'case when converted.is_lost then converted.dispute_amount else 0 end',
            'order_amounts.goods_amount',
            'order_amounts.other_amount'
        ) }} as lost_revenue,
        converted.is_lost,
        converted.opened_date,
        converted.counted_date,
        converted.opened_at,
        converted.closed_at
    from converted
    left join payments
        on converted.payment_id = payments.payment_id
    left join order_amounts
        on payments.order_id = order_amounts.order_id
)

select * from joined
