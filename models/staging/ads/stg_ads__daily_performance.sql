select
    campaign_id,
    performance_date,
    impressions,
    clicks,
    spend,
    claimed_conversions,
    claimed_revenue,
    arrived_at
from {{ ref('validated_ads__daily_performance') }}
where row_status = 'staged'
