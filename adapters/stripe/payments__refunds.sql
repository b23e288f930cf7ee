with refunds as (
    {refunds}
),

charges as (
    {charges}
),

-- What a charge says was given back counts where its refunds were not exported.
given_back as (
    select
        id,
        charge,
        as_number(amount) as amount,
        currency,
        reason,
        case status
            when 'failed' then 'failed'
            when 'canceled' then 'failed'
            when 'pending' then 'pending'
            when 'requires_action' then 'pending'
            else 'succeeded'
        end as status,
        created as refunded_at
    from refunds
    union all
    select
        concat('refund of ', id) as id,
        id as charge,
        as_number(amount_refunded) as amount,
        currency,
        cast(null as varchar) as reason,
        'succeeded' as status,
        created as refunded_at
    from charges
    where as_number(amount_refunded) > 0 and id not in (select charge from refunds where charge is not null)
)

select
    given_back.id as refund_id,
    given_back.charge as payment_id,
    coalesce(charges.invoice, charges.payment_intent, given_back.charge) as order_id,
    from_minor_units(given_back.amount, given_back.currency) as amount,
    upper(given_back.currency) as currency,
    given_back.reason,
    given_back.status,
    as_time(given_back.refunded_at) as refunded_at
from given_back
left join charges on given_back.charge = charges.id
