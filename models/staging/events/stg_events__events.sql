select
    event_id,
    brand,
    event_name,
    occurred_at,
    received_at,
    anonymous_id,
    customer_id,
    session_id,
    click_id,
    is_robot,
    page_path,
    referrer,
    utm_source,
    utm_medium,
    utm_campaign,
    device_type,
    properties,
    arrived_at
from {{ ref('validated_events__events') }}
where row_status = 'staged'
