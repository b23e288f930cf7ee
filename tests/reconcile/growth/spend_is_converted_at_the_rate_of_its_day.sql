-- Why: spend in won and spend in dollars are added up; a wrong rate would stand in every return.
-- Threshold: half a cent a row, by currency and day. Campaigns that ads does not know have no currency and 0 dollars.
-- A failure means: campaign_days takes another rate or day than its own, or alters amounts.
{% set staged %}
(
    select
        campaigns.currency,
        performance.performance_date,
        performance.spend as amount
    from {{ ref('stg_ads__daily_performance') }} as performance
    inner join {{ ref('stg_ads__campaigns') }} as campaigns
        on performance.campaign_id = campaigns.campaign_id
) as billed
{% endset %}
{% set built %}
(
    select
        currency,
        performance_date,
        spend
    from {{ ref('campaign_days') }}
    where
        is_reported
        and is_known_campaign
) as built_days
{% endset %}
{{ amounts_that_differ(
    staged,
    'performance_date',
    built,
    'performance_date',
    'spend'
) }}
