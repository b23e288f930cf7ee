{{ config(materialized='view') }}
-- One row per event: its newest version.
with events as (
    {{ judged('events', 'events') }}
)

select
    event_id,
    brand,
    event_name,
    occurred_at,
    received_at,
    anonymous_id,
    customer_id,
    page_path,
    referrer,
    utm_source,
    utm_medium,
    utm_campaign,
    device_type,
    properties,
    arrived_at
from events
where fate = 'staged'
