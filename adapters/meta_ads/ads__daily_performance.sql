with report as (
    {report}
),

-- The line of totals names no campaign; a report may have several lines of a campaign and day, one a set or an age.
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
    coalesce(campaign_id, campaign) as campaign_id,
    performance_date,
    sum(coalesce(as_number(impressions), 0)) as impressions,
    sum(coalesce(as_number(clicks), 0)) as clicks,
    sum(coalesce(as_number(spend, coalesce(spend_currency, currency, '{reporting_currency}')), 0)) as spend,
    sum(try(as_number(purchases))) as claimed_conversions,
    sum(try(as_number(purchase_value, coalesce(spend_currency, currency, '{reporting_currency}')))) as claimed_revenue
from dated
group by coalesce(campaign_id, campaign), performance_date
