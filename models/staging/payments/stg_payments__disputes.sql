-- One row per dispute: its newest version.
with disputes as (
    {{ judged('payments', 'disputes') }}
)

select
    dispute_id,
    payment_id,
    reason,
    amount,
    currency,
    outcome,
    opened_at,
    closed_at,
    arrived_at
from disputes
where fate = 'staged'
