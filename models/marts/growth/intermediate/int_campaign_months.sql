-- One row per campaign and month in which it cost or brought anything: the platform's figures and our own count.
with days as (
    select
        campaign_id,
        brand,
        spend_usd,
        claimed_conversions,
        claimed_revenue_usd,
        touched_conversions,
        cast({{ dbt.date_trunc('month', 'performance_date') }} as date) as month
    from {{ ref('campaign_days') }}
),

months as (
    select
        campaign_id,
        brand,
        month,
        cast(coalesce(sum(spend_usd), 0) as decimal(18, 2)) as spend_usd,
        cast(coalesce(sum(claimed_conversions), 0) as decimal(18, 4))
            as claimed_conversions,
        cast(coalesce(sum(claimed_revenue_usd), 0) as decimal(18, 2))
            as claimed_revenue_usd,
        cast(sum(touched_conversions) as bigint) as touched_conversions
    from days
    group by campaign_id, brand, month
)

select * from months
