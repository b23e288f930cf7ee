with report as (
    {report}
),

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

-- The report names campaigns and gives no ids. Naver's days are Korean, its bills in won.
select
    concat('naver ', campaign) as campaign_id,
    'naver' as platform,
    'paid_search' as channel,
    campaign as campaign_name,
    campaign as utm_campaign,
    'KRW' as currency,
    'Asia/Seoul' as timezone,
    min(performance_date) as started_on
from dated
group by campaign
