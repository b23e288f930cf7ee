-- One row per campaign and day: its newest version.
with daily_performance as (
    {{ judged('ads', 'daily_performance') }}
)

select
    campaign_id,
    performance_date,
    impressions,
    clicks,
    spend,
    claimed_conversions,
    claimed_revenue,
    arrived_at
from daily_performance
where fate = 'staged'
