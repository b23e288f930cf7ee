with orders as (
    {orders}
)

-- refunded_total stands on each row of the order, and without its date: it is dated at the payment.
select
    concat('refund of ', order_id) as refund_id,
    order_id,
    abs(max(as_number(refunded_total))) as amount,
    max(coalesce(currency, '{reporting_currency}')) as currency,
    as_time(max(coalesce(paid_at, ordered_at))) as refunded_at
from orders
group by order_id
having abs(max(as_number(refunded_total))) > 0
