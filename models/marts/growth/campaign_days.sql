-- One row per campaign and day on which a platform reported, somebody came or somebody who had come converted.
with deliveries as (
    select
        campaign_id,
        performance_date,
        spend,
        claimed_conversions,
        arrived_at
    from {{ ref('stg_ads__daily_performance_versions') }}
),

reports as (
    select
        campaign_id,
        performance_date,
        impressions,
        clicks,
        spend,
        claimed_conversions,
        claimed_revenue
    from {{ ref('stg_ads__daily_performance') }}
),

campaigns as (
    select
        campaign_id,
        brand,
        channel,
        currency
    from {{ ref('stg_ads__campaigns') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('exchange_rate_days') }}
),

sessions as (
    select
        campaign_id,
        started_date as performance_date,
        count(*) as session_count
    from {{ ref('sessions') }}
    where campaign_id is not null
    group by campaign_id, started_date
),

conversions as (
    select
        touches.campaign_id,
        conversions.converted_date as performance_date,
        count(distinct touches.conversion_id) as touched_conversions
    from {{ ref('int_conversion_touches') }} as touches
    inner join {{ ref('int_conversions') }} as conversions
        on touches.conversion_id = conversions.conversion_id
    where
        touches.is_default
        and touches.campaign_id is not null
    group by touches.campaign_id, conversions.converted_date
),

-- What a platform first said of a day, and how often it spoke.
first_deliveries as (
    select
        campaign_id,
        performance_date,
        count(*) as delivery_count,
        min_by(spend, arrived_at) as first_spend,
        min_by(claimed_conversions, arrived_at) as first_claimed_conversions
    from deliveries
    group by campaign_id, performance_date
),

all_days as (
    select
        campaign_id,
        performance_date
    from reports
    union
    select
        campaign_id,
        performance_date
    from sessions
    union
    select
        campaign_id,
        performance_date
    from conversions
),

days as (
    select
        all_days.campaign_id,
        all_days.performance_date,
        reports.impressions,
        reports.clicks,
        reports.spend,
        reports.claimed_conversions,
        reports.claimed_revenue,
        coalesce(sessions.session_count, 0) as session_count,
        coalesce(conversions.touched_conversions, 0) as touched_conversions,
        reports.campaign_id is not null as is_reported
    from all_days
    left join reports
        on
            all_days.campaign_id = reports.campaign_id
            and all_days.performance_date = reports.performance_date
    left join sessions
        on
            all_days.campaign_id = sessions.campaign_id
            and all_days.performance_date = sessions.performance_date
    left join conversions
        on
            all_days.campaign_id = conversions.campaign_id
            and all_days.performance_date = conversions.performance_date
),

-- What the platform did not report is empty, not 0. The currency of a campaign that is unknown to ads is
-- unknown too: its spend stands as delivered, and as 0 dollars.
converted as (
    select
        days.campaign_id,
        coalesce(campaigns.brand, 'unknown') as brand,
        coalesce(campaigns.channel, 'unknown') as channel,
        campaigns.currency,
        days.impressions,
        days.clicks,
        days.spend,
        case
            when days.is_reported
                then coalesce({{ in_usd('days.spend', 'rates.usd_rate') }}, 0)
        end as spend_usd,
        days.claimed_conversions,
        case
            when days.is_reported
                then
                    coalesce(
                        {{ in_usd('days.claimed_revenue', 'rates.usd_rate') }}, 0
                    )
        end as claimed_revenue_usd,
        days.session_count as sessions,
        days.touched_conversions,
        coalesce(first_deliveries.delivery_count, 0) as delivery_count,
        cast(
            coalesce(days.spend - first_deliveries.first_spend, 0)
            as decimal(18, 4)
        ) as restated_spend,
        cast(
            coalesce(
                days.claimed_conversions - first_deliveries.first_claimed_conversions, 0
            ) as decimal(18, 4)
        ) as restated_claimed_conversions,
        campaigns.campaign_id is not null as is_known_campaign,
        days.is_reported,
        days.performance_date
    from days
    left join campaigns
        on days.campaign_id = campaigns.campaign_id
    left join rates
        on
            campaigns.currency = rates.currency
            and days.performance_date = rates.rate_date
    left join first_deliveries
        on
            days.campaign_id = first_deliveries.campaign_id
            and days.performance_date = first_deliveries.performance_date
)

select * from converted
