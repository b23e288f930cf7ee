-- An event's session is a session of its own brand, visitor and customer, and holds its moment; robots have none,
-- nor have events without a device that name no session.
-- Threshold: none. A failure means that events and sessions were not built from the same rows.
with events as (
    select
        session_id,
        brand,
        visitor_id,
        customer_id,
        occurred_at
    from {{ ref('events') }}
    where
        (not is_robot and anonymous_id is not null)
        or session_id is not null
),

sessions as (
    select
        session_id,
        brand,
        visitor_id,
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
    or events.visitor_id is distinct from sessions.visitor_id
    or events.customer_id is distinct from sessions.customer_id
    or (
        events.occurred_at between sessions.started_at and sessions.ended_at
    ) is not true
