-- One row per ticket: its newest version.
with tickets as (
    {{ judged('support', 'tickets') }}
)

select
    ticket_id,
    customer_id,
    channel,
    topic,
    opened_at,
    resolved_at,
    satisfaction_score,
    arrived_at
from tickets
where fate = 'staged'
