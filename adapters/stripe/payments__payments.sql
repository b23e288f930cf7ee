with charges as (
    {charges}
)

select
    id as payment_id,
    coalesce(invoice, payment_intent, id) as order_id,
    customer as customer_id,
    as_time(created) as attempted_at,
    from_minor_units(as_number(amount), currency) as amount,
    upper(currency) as currency,
    method,
    card_fingerprint,
    card_country as card_country_code,
    case
        when status = 'succeeded' then 'succeeded'
        when outcome_type = 'blocked' then 'blocked'
        else 'declined'
    end as outcome,
    failure_code as decline_reason
from charges
where status in ('succeeded', 'failed')
