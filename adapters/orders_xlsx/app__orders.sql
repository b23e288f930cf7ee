with lines as (
    {lines}
),

-- A status that no pattern knows is taken for paid: shops have many words for what comes after the payment.
read as (
    select
        * replace (
            as_number(discount, coalesce(currency, '{reporting_currency}')) as discount,
            as_number(shipping, coalesce(currency, '{reporting_currency}')) as shipping,
            as_number(tax, coalesce(currency, '{reporting_currency}')) as tax
        ),
        case
            when status is null then 'paid'
            when regexp_matches(status, '취소|cancel|void|failed', 'i') then 'cancelled'
            when regexp_matches(status, '반품|환불|refund|return', 'i') then 'refunded'
            when regexp_matches(status, '입금 ?대기|결제 ?대기|입금 ?전|미입금|주문접수', 'i') then 'placed'
            when regexp_matches(status, 'incomplete|pending|await|on.?hold|placed|unpaid|open', 'i') then 'placed'
            when regexp_matches(status, '배송중|배송완료|배송 ?시작|구매확정|거래완료|수령|ship|deliver|complete|fulfil', 'i')
                then 'fulfilled'
            else 'paid'
        end as line_status
    from lines
    where order_id is not null
),

-- What is of the order stands on each of its lines: the same on all, it counts once; different ones are of the lines.
summed as (
    select
        order_id,
        max(coalesce(
            case when customer_id like '%@%' then hashed_key(customer_id) else customer_id end,
            hashed_key(email),
            hashed_key(regexp_replace(phone, '[^0-9]', '', 'g'))
        )) as customer_id,
        as_time(min(ordered_at)) as ordered_at,
        as_time(min(paid_at)) as paid_at,
        case
            when bool_or(line_status = 'fulfilled') then 'fulfilled'
            when bool_or(line_status = 'paid') then 'paid'
            when bool_or(line_status = 'refunded') then 'refunded'
            when bool_or(line_status = 'placed') then 'placed'
            else 'cancelled'
        end as status,
        coalesce(max(currency), '{reporting_currency}') as currency,
        case when count(distinct discount) = 1 then max(discount) else sum(discount) end as discount_amount,
        case when count(distinct shipping) = 1 then max(shipping) else sum(shipping) end as shipping_amount,
        case when count(distinct tax) = 1 then max(tax) else sum(tax) end as tax_amount
    from read
    group by order_id
)

-- What was cancelled before it was paid has no payment, whatever the column says.
select
    order_id,
    customer_id,
    ordered_at,
    case when status in ('paid', 'fulfilled', 'refunded') then coalesce(paid_at, ordered_at) end as paid_at,
    status,
    currency,
    abs(discount_amount) as discount_amount,
    tax_amount,
    shipping_amount
from summed
