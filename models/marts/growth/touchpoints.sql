-- One row per touch: a session, with the channel and campaign that it came from.
with sessions as (
    select
        session_id,
        anonymous_id,
        customer_id,
        campaign_id,
        brand,
        channel,
        started_at,
        ended_at
    from {{ ref('sessions') }}
)

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
from sessions
