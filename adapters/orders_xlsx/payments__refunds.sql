with lines as (
    select
        *,
        as_number(refund_amount, coalesce(currency, '{reporting_currency}')) as refunded
    from ({lines})
),

refunds as (
    {refunds}
),

-- A refund on the lines: the same amount on all of an order's lines is the order's.
on_lines as (
    select
        concat('refund of ', order_id) as refund_id,
        order_id,
        case when count(distinct refunded) = 1 then max(refunded) else sum(refunded) end as amount,
        coalesce(max(currency), '{reporting_currency}') as currency,
        cast(null as varchar) as reason,
        coalesce(max(refunded_at), max(paid_at), max(ordered_at)) as refunded_at
    from lines
    where refunded <> 0 and order_id not in (select order_id from refunds where order_id is not null)
    group by order_id
),

currencies as (
    select
        order_id,
        max(currency) as currency
    from lines
    group by order_id
),

listed as (
    select
        coalesce(refunds.refund_id, concat_ws(' ', 'refund of', refunds.order_id, refunds.refunded_at, refunds.amount))
            as refund_id,
        refunds.order_id,
        coalesce(refunds.currency, currencies.currency, '{reporting_currency}') as currency,
        as_number(refunds.amount, coalesce(refunds.currency, currencies.currency, '{reporting_currency}')) as amount,
        refunds.reason,
        refunds.refunded_at
    from refunds
    left join currencies on refunds.order_id = currencies.order_id
    where refunds.order_id is not null
)

select
    refund_id,
    order_id,
    abs(amount) as amount,
    currency,
    reason,
    as_time(refunded_at) as refunded_at
from (select * from listed where amount <> 0 union all by name select * from on_lines)
