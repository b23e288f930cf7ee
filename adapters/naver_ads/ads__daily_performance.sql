with report as (
    {report}
),

-- Lines of totals (합계) name no day; a report may have several lines of a campaign and day, one a keyword.
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

select
    concat('naver ', campaign) as campaign_id,
    performance_date,
    sum(coalesce(try(as_number(impressions)), 0)) as impressions,
    sum(coalesce(try(as_number(clicks)), 0)) as clicks,
    sum(coalesce(as_number(nullif(cost, '-'), 'KRW'), 0)) as spend,
    sum(try(as_number(conversions))) as claimed_conversions,
    sum(try(as_number(conversion_value, 'KRW'))) as claimed_revenue
from dated
group by campaign, performance_date
