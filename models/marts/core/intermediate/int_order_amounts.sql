with order_rates as (
    select
        order_id,
        tax_amount,
        shipping_amount,
        is_paid,
        amount_date,
        paid_at
    from {{ ref('int_order_rates') }}
),

order_lines as (
    select
        order_id,
        gross_amount,
        discount_amount,
        goods_amount,
        revenue,
        deferred_amount
    from {{ ref('int_order_lines') }}
),

line_totals as (
    select
        order_id,
        count(*) as item_count,
        cast(sum(gross_amount) as decimal(24, 6)) as gross_amount,
        cast(sum(discount_amount) as decimal(24, 6)) as discount_amount,
        cast(sum(goods_amount) as decimal(24, 6)) as goods_amount,
        cast(sum(revenue) as decimal(24, 6)) as revenue,
        cast(sum(deferred_amount) as decimal(24, 6)) as deferred_amount
    from order_lines
    group by order_id
),

-- An order whose lines have not come brings nothing, and its discount takes nothing.
order_amounts as (
    select
        order_rates.order_id,
        coalesce(line_totals.item_count, 0) as item_count,
        coalesce(line_totals.gross_amount, 0) as gross_amount,
        coalesce(line_totals.discount_amount, 0) as discount_amount,
        coalesce(line_totals.goods_amount, 0) as goods_amount,
        order_rates.tax_amount,
        order_rates.shipping_amount,
        coalesce(line_totals.revenue, 0) as revenue,
        coalesce(line_totals.deferred_amount, 0) as deferred_amount,
        order_rates.is_paid,
        order_rates.amount_date,
        order_rates.paid_at
    from order_rates
    left join line_totals
        on order_rates.order_id = line_totals.order_id
)

select * from order_amounts
