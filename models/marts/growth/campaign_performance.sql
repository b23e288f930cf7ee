with months as (
    select
        campaign_id,
        brand,
        campaign_name,
        platform,
        channel,
        month,
        spend,
        claimed_conversions,
        claimed_revenue,
        touched_conversions,
        missing_report_days,
        is_delivered
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
        {{ month_of('credit_date') }} as month,
        {{ steady_sum('conversions', 12) }} as conversions,
        cast(sum(revenue) as decimal(24, 6)) as revenue,
        {{ steady_sum('new_customers', 12) }} as new_customers,
        bool_and(is_final) as is_final
    from {{ ref('campaign_credit_days') }}
    where
        date_basis = 'conversion'
        and campaign_id <> 'none'
    group by campaign_id, brand, attribution_model, {{ month_of('credit_date') }}
),

decisions as (
    select * from {{ ref('int_campaign_decisions') }}
),

verdicts as (
    select * from {{ ref('int_campaign_verdicts') }}
),

marginals as (
    select * from {{ ref('int_campaign_marginals') }}
),

as_of as (
    select covered_date from {{ covered_by([
        'ads.daily_performance', 'app.orders', 'app.order_items',
        'app.order_status_events', 'events.events', 'payments.payments',
        'finance.exchange_rates',
    ]) }}
),

joined as (
    select
        months.*,
        attribution_models.attribution_model,
        decisions.decision,
        decisions.decided_by,
        decisions.measured_by as calibrated_by,
        decisions.scope as calibration_scope,
        decisions.conversions as window_conversions,
        cast(decisions.spend as decimal(24, 6)) as window_spend,
        decisions.roas as window_roas,
        decisions.roas_low as window_roas_low,
        decisions.roas_high as window_roas_high,
        decisions.factor as calibration_factor,
        decisions.factor_low as calibration_factor_low,
        decisions.factor_high as calibration_factor_high,
        decisions.calibrated_roas,
        decisions.calibrated_roas_low,
        decisions.calibrated_roas_high,
        marginals.marginal_roas,
        marginals.marginal_roas_low,
        marginals.marginal_roas_high,
        marginals.marginal_return,
        marginals.marginal_return_ko,
        coalesce(credits.conversions, 0) as conversions,
        cast(coalesce(credits.revenue, 0) as decimal(24, 6)) as revenue,
        coalesce(credits.new_customers, 0) as new_customers,
        cast(coalesce(credits.revenue, 0) as double)
        / nullif(case when months.is_delivered then months.spend end, 0) as roas,
        cast(case when months.is_delivered then months.spend end as double)
        / nullif(credits.new_customers, 0) as cost_per_new_customer,
        cast(months.claimed_conversions as double)
        / nullif(case when months.is_delivered then months.touched_conversions end, 0)
            as over_claim_ratio,
        months.touched_conversions * decisions.holdout_factor
            as holdout_conversions,
        months.touched_conversions * decisions.holdout_factor_low
            as holdout_conversions_low,
        months.touched_conversions * decisions.holdout_factor_high
            as holdout_conversions_high,
        verdicts.lowest_roas,
        verdicts.highest_roas,
        verdicts.attribution_robust,
        coalesce(credits.is_final, true)
        and months.is_delivered
        and {{ is_final(dbt.last_day('months.month', 'month'), 'as_of.covered_date') }}
            as is_final
    from months
    cross join attribution_models
    cross join as_of
    left join credits using (campaign_id, brand, month, attribution_model)
    inner join decisions using (campaign_id, brand, month, attribution_model)
    left join marginals using (campaign_id, brand, month)
    left join verdicts using (campaign_id, brand, month)
)

select * from joined
