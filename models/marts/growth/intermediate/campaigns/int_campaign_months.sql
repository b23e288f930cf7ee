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

months as (
    select
        campaign_id,
        brand,
        channel,
        month,
        cast(coalesce(sum(spend), 0) as decimal(24, 6)) as spend,
        cast(coalesce(sum(claimed_conversions), 0) as decimal(24, 8))
            as claimed_conversions,
        cast(coalesce(sum(claimed_revenue), 0) as decimal(24, 6))
            as claimed_revenue,
        cast(sum(touched_conversions) as bigint) as touched_conversions
    from days
    group by campaign_id, brand, channel, month
),

named as (
    select
        months.*,
        coalesce(campaigns.campaign_name, months.campaign_id) as campaign_name,
        coalesce(campaigns.platform, 'unknown') as platform
    from months
    left join campaigns
        on months.campaign_id = campaigns.campaign_id
)

select * from named
