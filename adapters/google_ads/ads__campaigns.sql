with report as (
    {report}
),

-- Lines of totals name no day.
read as (
    select
        *,
        try(as_day(day)) as performance_date
    from report
),

dated as (
    select * from read
    where performance_date is not null
)

select
    coalesce(campaign_id, campaign) as campaign_id,
    'google' as platform,
    case
        when regexp_matches(max(campaign_type), 'display|demand|discovery|app|디스플레이', 'i') then 'display'
        when regexp_matches(max(campaign_type), 'video|동영상', 'i') then 'video'
        else 'paid_search'
    end as channel,
    max_by(campaign, performance_date) as campaign_name,
    'google' as utm_source,
    max_by(campaign, performance_date) as utm_campaign,
    coalesce(max(currency), '{reporting_currency}') as currency,
    min(performance_date) as started_on
from dated
group by coalesce(campaign_id, campaign)
