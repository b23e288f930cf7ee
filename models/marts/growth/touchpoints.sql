select
    session_id as touchpoint_id,
    session_id,
    anonymous_id,
    customer_id,
    campaign_id,
    brand,
    channel,
    started_at as touched_at,
    ended_at
from {{ ref('sessions') }}
