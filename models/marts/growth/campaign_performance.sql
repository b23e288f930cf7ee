-- One row per campaign, month and attribution model: what it cost, what the platform claims, and what our own orders say.
with months as (
    select
        campaign_id,
        brand,
        month,
        spend_usd,
        claimed_conversions,
        claimed_revenue_usd,
        touched_conversions
    from {{ ref('int_campaign_months') }}
),

attribution_models as (
    select attribution_model from {{ ref('attribution_models') }}
),

credits as (
    select
        campaign_id,
        brand,
        attribution_model,
        conversions,
        revenue_usd,
        new_customers,
        is_final,
        cast({{ dbt.date_trunc('month', 'credit_date') }} as date) as month
    from {{ ref('campaign_credit_days') }}
    where
        date_basis = 'conversion'
        and campaign_id <> 'none'
),

campaigns as (
    select
        campaign_id,
        campaign_name,
        platform,
        channel
    from {{ ref('stg_ads__campaigns') }}
),

holdouts as (
    select
        campaign_id,
        incremental_share,
        incremental_share_low,
        incremental_share_high
    from {{ ref('int_campaign_holdouts') }}
),

verdicts as (
    select
        campaign_id,
        brand,
        month,
        verdict,
        decision,
        lowest_roas,
        highest_roas
    from {{ ref('int_campaign_verdicts') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

credited as (
    select
        campaign_id,
        brand,
        month,
        attribution_model,
        {{ steady_sum('conversions', 12) }} as conversions,
        cast(sum(revenue_usd) as decimal(18, 2)) as revenue_usd,
        {{ steady_sum('new_customers', 12) }} as new_customers,
        bool_and(is_final) as is_final
    from credits
    group by campaign_id, brand, month, attribution_model
),

joined as (
    select
        months.campaign_id,
        months.brand,
        attribution_models.attribution_model,
        coalesce(campaigns.campaign_name, months.campaign_id) as campaign_name,
        coalesce(campaigns.platform, 'unknown') as platform,
        coalesce(campaigns.channel, 'unknown') as channel,
        months.spend_usd,
        months.claimed_conversions,
        months.claimed_revenue_usd,
        months.touched_conversions,
        coalesce(credited.conversions, 0) as conversions,
        cast(coalesce(credited.revenue_usd, 0) as decimal(18, 2)) as revenue_usd,
        coalesce(credited.new_customers, 0) as new_customers,
        months.touched_conversions * holdouts.incremental_share
            as holdout_conversions,
        months.touched_conversions * holdouts.incremental_share_low
            as holdout_conversions_low,
        months.touched_conversions * holdouts.incremental_share_high
            as holdout_conversions_high,
        verdicts.verdict as robustness,
        verdicts.decision,
        verdicts.lowest_roas,
        verdicts.highest_roas,
        coalesce(credited.is_final, true)
        and {{ month_is_final('months.month') }} as is_final,
        months.month
    from months
    cross join attribution_models
    cross join as_of
    left join campaigns
        on months.campaign_id = campaigns.campaign_id
    left join credited
        on
            months.campaign_id = credited.campaign_id
            and months.brand = credited.brand
            and months.month = credited.month
            and attribution_models.attribution_model = credited.attribution_model
    left join holdouts
        on months.campaign_id = holdouts.campaign_id
    left join verdicts
        on
            months.campaign_id = verdicts.campaign_id
            and months.brand = verdicts.brand
            and months.month = verdicts.month
),

with_rates as (
    select
        campaign_id,
        brand,
        attribution_model,
        campaign_name,
        platform,
        channel,
        robustness,
        decision,
        spend_usd,
        claimed_conversions,
        claimed_revenue_usd,
        touched_conversions,
        conversions,
        revenue_usd,
        new_customers,
        cast(revenue_usd as double) / nullif(spend_usd, 0) as roas,
        cast(spend_usd as double) / nullif(new_customers, 0)
            as cost_per_new_customer_usd,
        cast(claimed_conversions as double) / nullif(touched_conversions, 0)
            as over_claim_ratio,
        holdout_conversions,
        holdout_conversions_low,
        holdout_conversions_high,
        lowest_roas,
        highest_roas,
        is_final,
        month
    from joined
)

select * from with_rates
