{%- set products = [
    ('spend', 'spend'), ('spend', 'brought'), ('spend', 'demand'),
    ('brought', 'brought'), ('demand', 'demand'),
] -%}
-- Orders per order of the brand that the campaign had no part in: what moves both is taken out.
with points as (
    select
        campaign_id,
        brand,
        month,
        least(conversions, other_conversions) as fewest,
        spend as amount,
        ln(spend) as spend,
        ln(nullif(other_conversions, 0)) as demand,
        ln(1.0 * nullif(conversions, 0) / nullif(other_conversions, 0)) as brought,
        1.0 / nullif(conversions, 0) + 1.0 / nullif(other_conversions, 0) as counting
    from {{ ref('int_campaign_budgets') }}
),

summed as (
    select
        months.campaign_id,
        months.brand,
        months.month,
        count(points.month) as planned_months,
        coalesce(min(points.fewest), 0) as fewest,
        max(points.amount) / min(points.amount) as spend_ratio,
        {% for one, other in products %}
        {{ steady_sum('points.' ~ one ~ ' * points.' ~ other, 12) }}
        - {{ steady_sum('points.' ~ one, 12) }}
        * {{ steady_sum('points.' ~ other, 12) }} / nullif(count(points.month), 0)
            as {{ one }}_{{ other }},
        {% endfor %}
        {{ steady_sum('points.counting', 12) }} / nullif(count(points.month), 0)
            as counting_variance
    from {{ ref('int_campaign_months') }} as months
    left join points
        on
            months.campaign_id = points.campaign_id
            and months.brand = points.brand
            and months.month >= points.month
            and months.month
            < {{ dbt.dateadd('month', var('planned_budget_months'), 'points.month') }}
    group by months.campaign_id, months.brand, months.month
),

enough as (
    select
        *,
        planned_months - 2 as degrees,
        case
            when planned_months < greatest(3, {{ var('min_planned_months') }})
                then 'too_few_months'
            when fewest < {{ var('min_measured_conversions') }}
                then 'too_few_conversions'
            when spend_ratio < greatest(1.01, {{ var('min_planned_spend_ratio') }})
                then 'spend_alike'
        end as shortage
    from summed
),

-- What is brought grows by the elasticity, in percent, when spend grows by 1 %. It is no surer than counts are.
fitted as (
    select
        *,
        spend_brought / spend_spend as estimate,
        t_quantile(0.975, degrees) * sqrt(
            greatest(
                (brought_brought - power(spend_brought, 2) / spend_spend) / degrees,
                counting_variance
            )
            / spend_spend
        ) as half_width,
        spend_demand > 1e-9
        and power(spend_demand, 2) * degrees
        > power(t_quantile(0.95, degrees), 2)
        * (spend_spend * demand_demand - power(spend_demand, 2)) as follows_demand
    from enough
    where shortage is null
),

-- A curve that saturates has one from 0 to 1.
bounded as (
    select
        *,
        case
            when follows_demand then 'follows_demand'
            when half_width < abs(estimate - 0.5) - 0.5 then 'not_saturating'
            when half_width >= greatest(estimate, 1 - estimate) then 'too_uncertain'
        end as doubt,
        greatest(0, least(1, estimate)) as elasticity,
        greatest(0, least(1, estimate - half_width)) as elasticity_low,
        greatest(0, least(1, estimate + half_width)) as elasticity_high
    from fitted
),

curves as (
    select
        campaign_id,
        brand,
        month,
        enough.planned_months,
        enough.fewest,
        enough.spend_ratio,
        coalesce(enough.shortage, bounded.doubt) as problem,
        bounded.elasticity,
        bounded.elasticity_low,
        bounded.elasticity_high
    from enough
    left join bounded using (campaign_id, brand, month)
)

select * from curves
