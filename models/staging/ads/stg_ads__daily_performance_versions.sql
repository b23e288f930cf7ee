{{ config(materialized='view') }}
-- One row per campaign, day and version that ever arrived: what the platform once said of the day.
with daily_performance as (
    {{ judged('ads', 'daily_performance') }}
)

select
    campaign_id,
    performance_date,
    spend,
    claimed_conversions,
    arrived_at
from daily_performance
where fate in ('staged', 'superseded')
