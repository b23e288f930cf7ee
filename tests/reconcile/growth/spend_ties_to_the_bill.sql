-- Why: every row of the platforms' bill stands in the report, whether or not anything converted.
-- Threshold: none in the platform's currency, campaign by campaign and day by day, both ways.
-- A failure means: campaign_days loses spend, repeats it, or moves it to another campaign or day.
{% set reported %}
(
    select
        campaign_id,
        performance_date,
        impressions,
        clicks,
        billed_spend as spend,
        claimed_conversions
    from {{ ref('campaign_days') }}
    where is_reported
) as reported
{% endset %}
{{ rows_that_differ(ref('stg_ads__daily_performance'), reported, [
    'campaign_id',
    'performance_date',
    'impressions',
    'clicks',
    'spend',
    'claimed_conversions',
]) }}
union all
select
    'not reported' as difference,
    campaign_id,
    performance_date,
    impressions,
    clicks,
    billed_spend as spend,
    claimed_conversions
from {{ ref('campaign_days') }}
where
    not is_reported
    and (billed_spend <> 0 or claimed_conversions <> 0)
