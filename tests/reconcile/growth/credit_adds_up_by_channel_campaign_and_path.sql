-- Why: every cent of revenue comes out of each report, under every attribution model.
-- Threshold: revenue to the cent; conversions to 1e-6, which is what adding parts of 1 may lose.
-- A failure means: a report drops, repeats or invents credit of a brand and month.
with conversions as (
    select
        brand,
        revenue,
        {{ month_of('converted_date') }} as month
    from {{ ref('conversions') }}
),

totals as (
    select
        brand,
        month,
        count(*) as conversions,
        sum(revenue) as revenue
    from conversions
    group by 1, 2
),

models as (
    select attribution_model from {{ ref('attribution_models') }}
),

expected as (
    select
        reports.report,
        totals.brand,
        totals.month,
        models.attribution_model,
        totals.conversions,
        totals.revenue
    from totals
    cross join models
    cross join (
        values ('channel_attribution'), ('campaign_credit_days')
    ) as reports (report)
    union all
    select
        'conversion_paths' as report,
        brand,
        month,
        'none' as attribution_model,
        conversions,
        revenue
    from totals
),

built as (
    select
        'channel_attribution' as report,
        brand,
        month,
        attribution_model,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from {{ ref('channel_attribution') }}
    group by 1, 2, 3, 4
    union all
    select
        'campaign_credit_days' as report,
        brand,
        {{ month_of('credit_date') }} as month,
        attribution_model,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from {{ ref('campaign_credit_days') }}
    where date_basis = 'conversion'
    group by 1, 2, 3, 4
    union all
    select
        'conversion_paths' as report,
        brand,
        month,
        'none' as attribution_model,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from {{ ref('conversion_paths') }}
    where conversions > 0
    group by 1, 2, 3, 4
)

select
    coalesce(expected.report, built.report) as report,
    coalesce(expected.brand, built.brand) as brand,
    coalesce(expected.month, built.month) as month,
    coalesce(expected.attribution_model, built.attribution_model) as attribution_model,
    expected.conversions as expected_conversions,
    built.conversions,
    expected.revenue as expected_revenue,
    built.revenue
from expected
full join built
    on
        expected.report = built.report
        and expected.brand = built.brand
        and expected.month = built.month
        and expected.attribution_model = built.attribution_model
where
    expected.revenue is distinct from built.revenue
    or (abs(expected.conversions - built.conversions) < 1e-6) is not true
