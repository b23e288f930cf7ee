-- One row per order, status and moment: its newest version.
with order_status_events as (
    {{ judged('app', 'order_status_events') }}
)

select
    order_id,
    status,
    occurred_at,
    promised_at,
    arrived_at
from order_status_events
where fate = 'staged'
