with days as (
    select
        campaign_id,
        brand,
        channel,
        spend,
        claimed_conversions,
        claimed_revenue,
        touched_conversions,
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

missing_days as (
    select
        campaign_id,
        month,
        count(*) as missing_report_days
    from {{ ref('int_campaign_missing_days') }}
    group by campaign_id, month
),

-- A month of which nothing came is one too.
known_months as (
    select
        campaign_id,
        brand,
        channel,
        month
    from days
    union
    select
        days.campaign_id,
        days.brand,
        days.channel,
        missing_days.month
    from missing_days
    inner join days
        on missing_days.campaign_id = days.campaign_id
),

-- What was not reported is empty, not 0.
sums as (
    select
        campaign_id,
        month,
        sum(spend) as spend,
        sum(claimed_conversions) as claimed_conversions,
        sum(claimed_revenue) as claimed_revenue,
        sum(touched_conversions) as touched_conversions
    from days
    group by campaign_id, month
),

months as (
    select
        known_months.campaign_id,
        known_months.brand,
        known_months.channel,
        known_months.month,
        cast(sums.spend as decimal(24, 6)) as spend,
        cast(sums.claimed_conversions as decimal(24, 8)) as claimed_conversions,
        cast(sums.claimed_revenue as decimal(24, 6)) as claimed_revenue,
        cast(coalesce(sums.touched_conversions, 0) as bigint) as touched_conversions,
        coalesce(missing_days.missing_report_days, 0) as missing_report_days,
        missing_days.campaign_id is null as is_delivered,
        coalesce(campaigns.campaign_name, known_months.campaign_id) as campaign_name,
        coalesce(campaigns.platform, 'unknown') as platform
    from known_months
    left join sums
        on
            known_months.campaign_id = sums.campaign_id
            and known_months.month = sums.month
    left join missing_days
        on
            known_months.campaign_id = missing_days.campaign_id
            and known_months.month = missing_days.month
    left join campaigns
        on known_months.campaign_id = campaigns.campaign_id
)

select * from months
