with report as (
    {report}
),

-- Lines of totals name no day; a report may have several lines of a campaign and day, one a device or a group.
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
    performance_date,
    sum(coalesce(try(as_number(impressions)), 0)) as impressions,
    sum(coalesce(try(as_number(clicks)), 0)) as clicks,
    sum(coalesce(as_number(nullif(cost, '--'), coalesce(currency, '{reporting_currency}')), 0)) / {cost_unit} as spend,
    sum(try(as_number(conversions))) as claimed_conversions,
    sum(try(as_number(conversion_value, coalesce(currency, '{reporting_currency}')))) as claimed_revenue
from dated
group by coalesce(campaign_id, campaign), performance_date
