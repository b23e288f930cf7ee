with orders as (
    {orders}
),

-- What is of the order stands on each of its rows; the discount is what its items lost.
summed as (
    select
        order_id,
        max(coalesce(hashed_key(email), nullif(customer_id, '0'))) as customer_id,
        as_time(max(ordered_at)) as ordered_at,
        as_time(max(paid_at)) as paid_at,
        max(regexp_replace(lower(status), '^wc-', '')) as status,
        max(coalesce(currency, '{reporting_currency}')) as currency,
        sum(coalesce(as_number(item_subtotal), as_number(item_total)) - as_number(item_total)) as discount_amount,
        max(as_number(tax_total)) as tax_amount,
        max(coalesce(as_number(shipping_total), 0) + coalesce(as_number(fee_total), 0)) as shipping_amount
    from orders
    group by order_id
)

select
    order_id,
    customer_id,
    ordered_at,
    case
        when status in ('processing', 'completed', 'refunded') then coalesce(paid_at, ordered_at)
    end as paid_at,
    case
        when status = 'completed' then 'fulfilled'
        when status = 'processing' then 'paid'
        when status = 'refunded' then 'refunded'
        when status in ('cancelled', 'failed', 'trash') then 'cancelled'
        else 'placed'
    end as status,
    currency,
    greatest(discount_amount, 0) as discount_amount,
    greatest(tax_amount, 0) as tax_amount,
    greatest(shipping_amount, 0) as shipping_amount
from summed
