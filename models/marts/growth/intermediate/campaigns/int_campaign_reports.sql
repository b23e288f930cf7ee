with versions as (
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
        currency
    from {{ ref('stg_ads__campaigns') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

-- What a platform first said of a day, and how often it spoke.
first_versions as (
    select
        campaign_id,
        performance_date,
        count(*) as delivery_count,
        min_by(spend, arrived_at) as spend,
        min_by(claimed_conversions, arrived_at) as claimed_conversions
    from versions
    group by campaign_id, performance_date
),

-- The currency of a campaign that is unknown to ads is unknown too: its spend stays as delivered, and is 0 dollars.
converted as (
    select
        reports.campaign_id,
        reports.impressions,
        reports.clicks,
        reports.spend as billed_spend,
        coalesce({{ converted('reports.spend', 'rates') }}, 0) as spend,
        reports.claimed_conversions,
        case
            when reports.claimed_revenue is not null
                then coalesce({{ converted('reports.claimed_revenue', 'rates') }}, 0)
        end as claimed_revenue,
        first_versions.delivery_count,
        cast(reports.spend - first_versions.spend as decimal(24, 8)) as restated_spend,
        cast(
            reports.claimed_conversions - first_versions.claimed_conversions
            as decimal(24, 8)
        ) as restated_claimed_conversions,
        reports.performance_date
    from reports
    inner join first_versions
        on
            reports.campaign_id = first_versions.campaign_id
            and reports.performance_date = first_versions.performance_date
    left join campaigns
        on reports.campaign_id = campaigns.campaign_id
    left join rates
        on
            campaigns.currency = rates.currency
            and reports.performance_date = rates.rate_date
)

select * from converted
