with reports as (
    select * from {{ ref('int_campaign_reports') }}
),

campaigns as (
    select
        campaign_id,
        brand,
        channel,
        currency
    from {{ ref('stg_ads__campaigns') }}
),

sessions as (
    select
        campaign_id,
        {{ reporting_date('named_at') }} as performance_date,
        count(distinct session_id) as session_count
    from {{ ref('session_sources') }}
    where campaign_id is not null
    group by campaign_id, {{ reporting_date('named_at') }}
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
        touches.look_back_days = {{ var('attribution_look_back_days') }}
        and touches.campaign_id is not null
    group by touches.campaign_id, conversions.converted_date
),

days as (
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

-- What the platform did not report is empty, not 0.
joined as (
    select
        days.campaign_id,
        coalesce(campaigns.brand, 'unknown') as brand,
        coalesce(campaigns.channel, 'unknown') as channel,
        campaigns.currency,
        reports.impressions,
        reports.clicks,
        reports.billed_spend,
        reports.spend,
        reports.claimed_conversions,
        reports.claimed_revenue,
        coalesce(sessions.session_count, 0) as sessions,
        coalesce(conversions.touched_conversions, 0) as touched_conversions,
        coalesce(reports.delivery_count, 0) as delivery_count,
        coalesce(reports.restated_spend, 0) as restated_spend,
        coalesce(reports.restated_claimed_conversions, 0)
            as restated_claimed_conversions,
        campaigns.campaign_id is not null as is_known_campaign,
        reports.campaign_id is not null as is_reported,
        days.performance_date
    from days
    left join campaigns
        on days.campaign_id = campaigns.campaign_id
    left join reports
        on
            days.campaign_id = reports.campaign_id
            and days.performance_date = reports.performance_date
    left join sessions
        on
            days.campaign_id = sessions.campaign_id
            and days.performance_date = sessions.performance_date
    left join conversions
        on
            days.campaign_id = conversions.campaign_id
            and days.performance_date = conversions.performance_date
)

select * from joined
