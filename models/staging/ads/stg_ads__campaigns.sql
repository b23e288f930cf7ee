-- One row per campaign: its newest version.
with campaigns as (
    {{ judged('ads', 'campaigns') }}
)

select
    campaign_id,
    brand,
    platform,
    channel,
    campaign_name,
    utm_source,
    utm_medium,
    utm_campaign,
    currency,
    timezone,
    started_on,
    arrived_at
from campaigns
where fate = 'staged'
