-- Why: a manager reads spend and return here; both must be those of the days behind them.
-- Threshold: none, by campaign, month and attribution model, both ways.
-- A failure means: campaign_performance loses a campaign with spend but without conversions, or credit of a campaign.
with days as (
    select
        campaign_id,
        spend,
        touched_conversions,
        {{ month_of('performance_date') }} as month
    from {{ ref('campaign_days') }}
),

spend as (
    select
        campaign_id,
        month,
        sum(spend) as spend,
        sum(touched_conversions) as touched_conversions
    from days
    group by campaign_id, month
),

credits as (
    select
        campaign_id,
        attribution_model,
        credited_revenue,
        {{ month_of('converted_date') }} as month
    from {{ ref('attributed_conversions') }}
    where campaign_id is not null
),

credited as (
    select
        campaign_id,
        attribution_model,
        month,
        sum(credited_revenue) as revenue
    from credits
    group by campaign_id, attribution_model, month
),

models as (
    select attribution_model from {{ ref('attribution_models') }}
),

expected as (
    select
        spend.campaign_id,
        spend.month,
        models.attribution_model,
        spend.spend,
        spend.touched_conversions,
        coalesce(credited.revenue, 0) as revenue
    from spend
    cross join models
    left join credited
        on
            spend.campaign_id = credited.campaign_id
            and spend.month = credited.month
            and models.attribution_model = credited.attribution_model
),

built as (
    select
        campaign_id,
        month,
        attribution_model,
        sum(spend) as spend,
        sum(touched_conversions) as touched_conversions,
        sum(revenue) as revenue
    from {{ ref('campaign_performance') }}
    group by campaign_id, month, attribution_model
)

select
    coalesce(expected.campaign_id, built.campaign_id) as campaign_id,
    coalesce(expected.month, built.month) as month,
    expected.spend as expected_spend,
    built.spend,
    expected.revenue as expected_revenue,
    built.revenue
from expected
full join built
    on
        expected.campaign_id = built.campaign_id
        and expected.month = built.month
        and expected.attribution_model = built.attribution_model
where
    expected.spend is distinct from built.spend
    or expected.revenue is distinct from built.revenue
    or expected.touched_conversions is distinct from built.touched_conversions
