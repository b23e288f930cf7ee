with days as (
    select
        campaign_id,
        brand,
        channel,
        spend,
        claimed_conversions,
        claimed_revenue,
        touched_conversions,
        sessions,
        is_reported,
        performance_date,
        {{ month_of('performance_date') }} as month
    from {{ ref('campaign_days') }}
),

campaigns as (
    select
        campaign_id,
        campaign_name,
        platform
    from {{ ref('stg_ads__campaigns') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- A day on which somebody came by the campaign has clicks to report. The platform's day may begin a day earlier or
-- later than ours, and the newest days may still come.
missing_days as (
    select
        days.campaign_id,
        days.performance_date
    from days
    cross join as_of
    left join days as reports
        on
            days.campaign_id = reports.campaign_id
            and reports.is_reported
            and reports.performance_date
            between {{ dbt.dateadd('day', -1, 'days.performance_date') }}
            and {{ dbt.dateadd('day', 1, 'days.performance_date') }}
    where
        days.sessions > 0
        and {{ is_final('days.performance_date', 'as_of.as_of_date') }}
        and reports.campaign_id is null
),

-- What was not reported is empty, not 0.
months as (
    select
        days.campaign_id,
        days.brand,
        days.channel,
        days.month,
        cast(sum(days.spend) as decimal(24, 6)) as spend,
        cast(sum(days.claimed_conversions) as decimal(24, 8)) as claimed_conversions,
        cast(sum(days.claimed_revenue) as decimal(24, 6)) as claimed_revenue,
        cast(sum(days.touched_conversions) as bigint) as touched_conversions,
        count(missing_days.campaign_id) as missing_report_days
    from days
    left join missing_days
        on
            days.campaign_id = missing_days.campaign_id
            and days.performance_date = missing_days.performance_date
    group by days.campaign_id, days.brand, days.channel, days.month
),

named as (
    select
        months.*,
        months.missing_report_days = 0 as is_delivered,
        coalesce(campaigns.campaign_name, months.campaign_id) as campaign_name,
        coalesce(campaigns.platform, 'unknown') as platform
    from months
    left join campaigns
        on months.campaign_id = campaigns.campaign_id
)

select * from named
