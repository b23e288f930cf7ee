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
from {{ ref('validated_ads__campaigns') }}
where row_status = 'staged'
