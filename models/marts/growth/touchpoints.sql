select
    source_id as touchpoint_id,
    session_id,
    anonymous_id,
    customer_id,
    campaign_id,
    brand,
    channel,
    touched_at,
    named_at,
    ended_at
from {{ ref('session_sources') }}
where is_touch
