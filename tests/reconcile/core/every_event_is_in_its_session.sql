-- An event's session is a session of its own brand, device and customer, and holds its moment. Threshold: none. A
-- failure means that events and sessions were not built from the same rows.
with events as (
    select
        session_id,
        brand,
        anonymous_id,
        customer_id,
        occurred_at
    from {{ ref('events') }}
),

sessions as (
    select
        session_id,
        brand,
        anonymous_id,
        customer_id,
        started_at,
        ended_at
    from {{ ref('sessions') }}
)

select events.*
from events
left join sessions on events.session_id = sessions.session_id
where
    events.brand is distinct from sessions.brand
    or events.anonymous_id is distinct from sessions.anonymous_id
    or events.customer_id is distinct from sessions.customer_id
    or (
        events.occurred_at between sessions.started_at and sessions.ended_at
    ) is not true
