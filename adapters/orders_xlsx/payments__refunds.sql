with lines as (
    {lines}
),

refunds as (
    {refunds}
),

-- A refund on the lines: the same amount on all of an order's lines is the order's.
on_lines as (
    select
        concat('refund of ', order_id) as refund_id,
        order_id,
        case
            when count(distinct as_number(refund_amount)) = 1 then max(as_number(refund_amount))
            else sum(as_number(refund_amount))
        end as amount,
        coalesce(max(currency), '{reporting_currency}') as currency,
        cast(null as varchar) as reason,
        coalesce(max(refunded_at), max(paid_at), max(ordered_at)) as refunded_at
    from lines
    where as_number(refund_amount) <> 0 and order_id not in (select order_id from refunds where order_id is not null)
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
        as_number(refunds.amount) as amount,
        coalesce(refunds.currency, currencies.currency, '{reporting_currency}') as currency,
        refunds.reason,
        refunds.refunded_at
    from refunds
    left join currencies on refunds.order_id = currencies.order_id
    where refunds.order_id is not null and as_number(refunds.amount) <> 0
)

select
    refund_id,
    order_id,
    abs(amount) as amount,
    currency,
    reason,
    as_time(refunded_at) as refunded_at
from (select * from listed union all select * from on_lines)
