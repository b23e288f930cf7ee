{%- set two_digits = 'cast(cast(judged.%s as decimal(18, 2)) as varchar)' -%}
{%- set values = {
    'marginal': two_digits | format('marginal_roas'),
    'low': two_digits | format('marginal_roas_low'),
    'high': two_digits | format('marginal_roas_high'),
    'average': two_digits | format('calibrated_roas'),
    'doubled': two_digits | format('growth_when_doubled'),
    'ratio': two_digits | format('spend_ratio'),
    'months': 'cast(judged.planned_months as varchar)',
    'fewest': 'cast(judged.fewest as varchar)',
    'least_months': "'" ~ var('min_planned_months') ~ "'",
    'least_conversions': "'" ~ var('min_measured_conversions') ~ "'",
    'least_ratio': "'" ~ var('min_planned_spend_ratio') ~ "'",
} -%}
with curves as (
    select * from {{ ref('int_campaign_curves') }}
),

returns as (
    select distinct
        campaign_id,
        brand,
        month,
        calibrated_roas,
        calibrated_roas_low,
        calibrated_roas_high
    from {{ ref('int_campaign_decisions') }}
    where is_known_by_then
),

planned_campaigns as (
    select distinct
        campaign_id,
        true as is_planned
    from {{ ref('planned_budgets') }}
),

sentences as (
    select
        problem,
        sentence,
        sentence_ko
    from {{ ref('marginal_returns') }}
),

-- The return of the next unit is the average one times the elasticity. Errors of both, together.
judged as (
    select
        curves.*,
        returns.calibrated_roas,
        power(2, curves.elasticity) as growth_when_doubled,
        case
            when planned_campaigns.is_planned is null then 'no_planned_budget'
            when returns.calibrated_roas_high is null then 'no_measurement'
            else coalesce(curves.problem, 'none')
        end as told,
        curves.elasticity * returns.calibrated_roas as marginal_roas,
        curves.elasticity * returns.calibrated_roas - sqrt(
            power(
                returns.calibrated_roas
                * (curves.elasticity - curves.elasticity_low),
                2
            )
            + power(
                curves.elasticity
                * (returns.calibrated_roas - returns.calibrated_roas_low),
                2
            )
        ) as marginal_roas_low,
        curves.elasticity * returns.calibrated_roas + sqrt(
            power(
                returns.calibrated_roas
                * (curves.elasticity_high - curves.elasticity),
                2
            )
            + power(
                curves.elasticity
                * (returns.calibrated_roas_high - returns.calibrated_roas),
                2
            )
        ) as marginal_roas_high
    from curves
    left join planned_campaigns using (campaign_id)
    left join returns using (campaign_id, brand, month)
),

marginals as (
    select
        judged.campaign_id,
        judged.brand,
        judged.month,
        case when judged.told = 'none' then judged.marginal_roas end as marginal_roas,
        case when judged.told = 'none' then judged.marginal_roas_low end
            as marginal_roas_low,
        case when judged.told = 'none' then judged.marginal_roas_high end
            as marginal_roas_high,
        {{ with_numbers('sentences.sentence', values) }} as marginal_return,
        {{ with_numbers('sentences.sentence_ko', values) }} as marginal_return_ko
    from judged
    inner join sentences
        on judged.told = sentences.problem
)

select * from marginals
