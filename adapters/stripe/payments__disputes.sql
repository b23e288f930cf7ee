with disputes as (
    {disputes}
)

-- Inquiries (warning_…) have taken no money: they are no disputes yet.
select
    id as dispute_id,
    charge as payment_id,
    case
        when reason in ('fraudulent', 'unrecognized', 'debit_not_authorized') then 'fraud'
        when reason = 'product_not_received' then 'not_received'
        else 'quality'
    end as reason,
    from_minor_units(as_number(amount), currency) as amount,
    upper(currency) as currency,
    case when status in ('won', 'lost') then status end as outcome,
    as_time(created) as opened_at
from disputes
where coalesce(status, '') not like 'warning%'
