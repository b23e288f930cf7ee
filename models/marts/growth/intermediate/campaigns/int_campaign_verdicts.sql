with months as (
    select
        campaign_id,
        brand,
        month,
        spend,
        is_delivered
    from {{ ref('int_campaign_months') }}
),

settings as (
    select
        attribution_model,
        look_back_days
    from {{ ref('robustness_settings') }}
),

credits as (
    select
        campaign_id,
        brand,
        attribution_model,
        look_back_days,
        {{ month_of('converted_date') }} as month,
        sum(credited_revenue) as revenue
    from {{ ref('int_credits') }}
    group by
        campaign_id,
        brand,
        attribution_model,
        look_back_days,
        {{ month_of('converted_date') }}
),

months_by_setting as (
    select
        months.campaign_id,
        months.brand,
        months.month,
        settings.attribution_model,
        settings.look_back_days,
        months.spend,
        months.is_delivered,
        coalesce(credits.revenue, 0) as revenue
    from months
    cross join settings
    left join credits
        on
            months.campaign_id = credits.campaign_id
            and months.brand = credits.brand
            and months.month = credits.month
            and settings.attribution_model = credits.attribution_model
            and settings.look_back_days = credits.look_back_days
),

-- A year is long enough for the long journeys, and short enough to see that a campaign has changed.
years as (
    select
        months.campaign_id,
        months.brand,
        months.month,
        months.attribution_model,
        months.look_back_days,
        sum(earlier.revenue) / nullif(sum(earlier.spend), 0) as roas,
        bool_and(earlier.is_delivered) as is_delivered
    from months_by_setting as months
    inner join months_by_setting as earlier
        on
            months.campaign_id = earlier.campaign_id
            and months.brand = earlier.brand
            and months.attribution_model = earlier.attribution_model
            and months.look_back_days = earlier.look_back_days
            and earlier.month between {{ dbt.dateadd('month', -11, 'months.month') }}
            and months.month
    group by
        months.campaign_id,
        months.brand,
        months.month,
        months.attribution_model,
        months.look_back_days
),

decisions as (
    select
        decision,
        min_roas
    from {{ ref('campaign_decisions') }}
),

-- A campaign without spend in the year, or with days that its platform did not report, has no verdict.
decided as (
    select
        returns.campaign_id,
        returns.brand,
        returns.month,
        returns.attribution_model,
        returns.look_back_days,
        returns.roas,
        max_by(decisions.decision, decisions.min_roas) as decision
    from years as returns
    inner join decisions
        on returns.roas >= decisions.min_roas
    where returns.is_delivered
    group by all
),

verdicts as (
    select
        campaign_id,
        brand,
        month,
        count(distinct decision) = 1 as attribution_robust,
        min(roas) as lowest_roas,
        max(roas) as highest_roas
    from decided
    group by campaign_id, brand, month
)

select * from verdicts
