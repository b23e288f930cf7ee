with counts as (
    select
        brand,
        churn_kind,
        observed_days as age_days,
        count(*) as n_left
    from {{ ref('customer_lives') }}
    where is_first_life and observed_days is not null and is_churned
    group by brand, churn_kind, observed_days
),

ages as (
    select
        brand,
        age_days,
        n_at_risk,
        n_churned,
        lag(survival, 1, 1) over (partition by brand order by age_days)
            as survival_before
    from {{ ref('churn_survival') }}
    where segment_type = 'all' and survival is not null
),

kinds as (
    select distinct
        brand,
        churn_kind
    from counts
),

-- Every kind at every age: who left in another way is no longer at risk of this one.
steps as (
    select
        brand,
        churn_kind,
        age_days,
        ages.n_at_risk,
        ages.survival_before,
        coalesce(counts.n_left, 0) as n_left,
        ages.survival_before * coalesce(counts.n_left, 0) / ages.n_at_risk
            as incidence_step,
        1.0 * ages.n_churned / nullif(
            ages.n_at_risk * (ages.n_at_risk - ages.n_churned), 0
        ) as greenwood_step
    from ages
    inner join kinds
        using (brand)
    left join counts
        using (brand, age_days, churn_kind)
),

incidences as (
    select
        *,
        cast(sum(cast(incidence_step as decimal(38, 24))) over until_now as double)
            as incidence,
        sum(n_left) over until_now as n_left_until_now,
        min(n_at_risk) over until_now as least_at_risk
    from steps
    window until_now as (
        partition by brand, churn_kind order by age_days
        rows between unbounded preceding and current row
    )
),

-- The sums over all earlier ages of which the variance of today's incidence is made (Collett, after Greenwood).
{%- set terms = {
    'all_1': 'greenwood_step',
    'all_2': 'greenwood_step * incidence',
    'all_3': 'greenwood_step * power(incidence, 2)',
    'own_1': 'incidence_step * survival_before * (n_at_risk - n_left) / n_at_risk / n_at_risk',
    'own_2': 'incidence_step / n_at_risk',
    'own_3': 'incidence_step * incidence / n_at_risk',
} %}
summed as (
    select
        *,
        {%- for name, term in terms.items() %}
        cast(sum(cast({{ term }} as decimal(38, 24))) over until_now as double)
            as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from incidences
    window until_now as (
        partition by brand, churn_kind order by age_days
        rows between unbounded preceding and current row
    )
),

spread as (
    select
        *,
        greatest(
            power(incidence, 2) * coalesce(all_1, 0)
            - 2 * incidence * coalesce(all_2, 0) + coalesce(all_3, 0)
            + own_1 - 2 * (incidence * own_2 - own_3),
            0
        ) / nullif(power(incidence, 2), 0) as relative_variance
    from summed
),

with_intervals as (
    select
        brand,
        churn_kind,
        cast(age_days as integer) as age_days,
        n_at_risk,
        n_left,
        n_at_risk as n_mature,
        incidence,
        case
            when n_left_until_now = 0 then 0
            else {{ log_log_low('incidence', 'relative_variance') }}
        end as incidence_low,
        case
            when n_left_until_now = 0 then 1 - {{ certain_low('least_at_risk') }}
            else {{ log_log_high('incidence', 'relative_variance') }}
        end as incidence_high,
        false as is_final
    from spread
)

select * from with_intervals
