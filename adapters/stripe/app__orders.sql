with invoices as (
    {invoices}
),

charges as (
    {charges}
),

-- The invoice of nothing that opens a trial is no order; a draft is none yet. Prices that hold their tax have none on
-- top.
billed as (
    select
        id as order_id,
        customer as customer_id,
        case
            when billing_reason is null or billing_reason in ('subscription_create', 'manual', 'quote_accept')
                then 'purchase'
            else 'renewal'
        end as order_type,
        created as ordered_at,
        case when status = 'paid' then coalesce(paid_at, created) end as paid_at,
        case status
            when 'paid' then 'paid'
            when 'open' then 'placed'
            when 'uncollectible' then 'placed'
            else 'cancelled'
        end as status,
        currency,
        coalesce(
            as_number(discount_amount),
            greatest(as_number(subtotal) + coalesce(as_number(tax), 0) - as_number(total), 0)
        ) as discount,
        as_number(total) - as_number(subtotal) as on_top,
        subscription as subscription_id
    from invoices
    where status <> 'draft' and (as_number(subtotal) <> 0 or as_number(total) <> 0)
),

-- A payment without an invoice is an order of its own, with all its attempts.
single as (
    select
        coalesce(payment_intent, id) as order_id,
        max(customer) as customer_id,
        'purchase' as order_type,
        min(created) as ordered_at,
        min(case when status = 'succeeded' then created end) as paid_at,
        case when bool_or(status = 'succeeded') then 'paid' else 'placed' end as status,
        max(currency) as currency,
        0 as discount,
        0 as on_top,
        cast(null as varchar) as subscription_id
    from charges
    where invoice is null
    group by coalesce(payment_intent, id)
)

select
    order_id,
    customer_id,
    order_type,
    as_time(ordered_at) as ordered_at,
    as_time(paid_at) as paid_at,
    status,
    upper(currency) as currency,
    from_minor_units(discount, currency) as discount_amount,
    from_minor_units(greatest(on_top + discount, 0), currency) as tax_amount,
    subscription_id
from (select * from billed union all select * from single)
