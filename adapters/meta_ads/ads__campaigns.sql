with report as (
    {report}
),

-- The line of totals names no campaign.
read as (
    select
        *,
        try(as_day(day)) as performance_date
    from report
    where campaign is not null
),

dated as (
    select * from read
    where performance_date is not null
)

-- Links of a campaign carry facebook, instagram or ig as their source: any is taken that names the campaign.
select
    coalesce(campaign_id, campaign) as campaign_id,
    'meta' as platform,
    'paid_social' as channel,
    max_by(campaign, performance_date) as campaign_name,
    max_by(campaign, performance_date) as utm_campaign,
    coalesce(max(spend_currency), max(currency), '{reporting_currency}') as currency,
    min(performance_date) as started_on
from dated
group by coalesce(campaign_id, campaign)
