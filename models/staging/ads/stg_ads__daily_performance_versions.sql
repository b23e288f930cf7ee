select
    campaign_id,
    performance_date,
    spend,
    claimed_conversions,
    arrived_at
from {{ ref('validated_ads__daily_performance') }}
where row_status in ('staged', 'superseded')
