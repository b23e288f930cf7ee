with orders as (
    {orders}
)

-- The export holds no date of a refund: it is dated when the order was cancelled, or else when it was paid.
select
    concat('refund of ', name) as refund_id,
    name as order_id,
    as_number(refunded_amount) as amount,
    coalesce(currency, '{reporting_currency}') as currency,
    coalesce(cancelled_at, paid_at, created_at) as refunded_at
from orders
where as_number(refunded_amount) > 0 and coalesce(payment_method, '') not ilike '%bogus%'
