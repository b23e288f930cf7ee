-- One row per line of the bill: its newest version.
with bills as (
    {{ judged('platform', 'bills') }}
)

select
    bill_id,
    billed_on,
    service,
    resource,
    amount,
    currency,
    arrived_at
from bills
where fate = 'staged'
