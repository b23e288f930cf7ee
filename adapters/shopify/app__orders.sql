with orders as (
    {orders}
),

lines as (
    select
        name,
        sum(as_number(quantity) * as_number(price)) as amount
    from orders
    group by name
),

-- The lines after the first repeat nothing of the order.
heads as (
    select
        *,
        as_number(subtotal) as goods,
        as_number(total) - as_number(subtotal) as on_top,
        coalesce(as_number(shipping), 0) as shipping_price
    from orders
    where financial_status is not null and coalesce(payment_method, '') not ilike '%bogus%'
)

-- Subtotal is what the shop's report calls net sales, before returns: a code for free shipping takes nothing from it, a
-- discount on one line does. Prices that hold their tax have none on top.
select
    heads.name as order_id,
    hashed_key(coalesce(heads.email, heads.phone)) as customer_id,
    heads.created_at as ordered_at,
    case when heads.financial_status <> 'voided' then heads.paid_at end as paid_at,
    case
        when heads.financial_status in ('paid', 'partially_refunded')
            then case heads.fulfillment_status when 'fulfilled' then 'fulfilled' else 'paid' end
        when heads.financial_status = 'refunded' then 'refunded'
        when heads.financial_status = 'voided' or heads.cancelled_at is not null then 'cancelled'
        else 'placed'
    end as status,
    coalesce(heads.currency, '{reporting_currency}') as currency,
    case
        when heads.goods between 0 and lines.amount then lines.amount - heads.goods
        else coalesce(as_number(heads.discount_amount), 0)
    end as discount_amount,
    greatest(heads.on_top - heads.shipping_price, 0) as tax_amount,
    greatest(least(heads.shipping_price, coalesce(heads.on_top, heads.shipping_price)), 0) as shipping_amount
from heads
inner join lines on heads.name = lines.name
