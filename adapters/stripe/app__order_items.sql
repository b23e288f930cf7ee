with invoices as (
    {invoices}
),

invoice_lines as (
    {invoice_lines}
),

charges as (
    {charges}
),

-- An invoice whose lines were not exported has one line; so has a payment without an invoice.
lines as (
    select
        invoice as order_id,
        id,
        coalesce(price, 'no price') as product_id,
        as_number(amount) as amount,
        coalesce(as_number(quantity), 1) as quantity,
        currency
    from invoice_lines
    where invoice in (
        select id from invoices where status <> 'draft' and (as_number(subtotal) <> 0 or as_number(total) <> 0)
    )
    union all
    select
        id as order_id,
        id,
        'no price' as product_id,
        as_number(subtotal) as amount,
        1 as quantity,
        currency
    from invoices
    where status <> 'draft'
        and (as_number(subtotal) <> 0 or as_number(total) <> 0)
        and id not in (select invoice from invoice_lines where invoice is not null)
    union all
    select
        coalesce(payment_intent, id) as order_id,
        coalesce(payment_intent, id) as id,
        'no price' as product_id,
        max(as_number(amount)) as amount,
        1 as quantity,
        max(currency) as currency
    from charges
    where invoice is null
    group by coalesce(payment_intent, id)
),

-- A credit is a line below 0: its quantity is, as no price can be. Amounts that do not divide are of one piece.
counted as (
    select
        *,
        case when quantity > 0 and abs(amount) % quantity = 0 then quantity else 1 end as pieces
    from lines
)

select
    order_id,
    row_number() over (partition by order_id order by id) as line_number,
    product_id,
    cast(case when amount < 0 then -pieces else pieces end as bigint) as quantity,
    from_minor_units(abs(amount) / pieces, currency) as unit_price
from counted
