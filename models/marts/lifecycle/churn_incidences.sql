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
        {{ running_sum('incidence_step') }} as incidence,
        sum(n_left) over until_now as n_left_until_now,
        min(n_at_risk) over until_now as least_at_risk
    from steps
    window until_now as (
        partition by brand, churn_kind order by age_days
        rows between unbounded preceding and current row
    )
),

-- What each age adds to the variance of the incidence at a later one (Collett, after Greenwood).
terms as (
    select
        *,
        greenwood_step * incidence as greenwood_1,
        greenwood_step * power(incidence, 2) as greenwood_2,
        incidence_step * survival_before * (n_at_risk - n_left) / power(n_at_risk, 2)
            as own_step,
        incidence_step / n_at_risk as own_1,
        incidence_step / n_at_risk * incidence as own_2
    from incidences
),

spread as (
    select
        *,
        greatest(
            power(incidence, 2) * coalesce({{ running_sum('greenwood_step') }}, 0)
            - 2 * incidence * coalesce({{ running_sum('greenwood_1') }}, 0)
            + coalesce({{ running_sum('greenwood_2') }}, 0)
            + {{ running_sum('own_step') }}
            - 2 * incidence * {{ running_sum('own_1') }}
            + 2 * {{ running_sum('own_2') }},
            0
        ) / nullif(power(incidence, 2), 0) as relative_variance
    from terms
    window until_now as (
        partition by brand, churn_kind order by age_days
        rows between unbounded preceding and current row
    )
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
            when incidence < 1 - 1e-12
                then {{ log_log_low('incidence', 'relative_variance') }}
        end as incidence_low,
        case
            when n_left_until_now = 0 then 1 - {{ certain_low('least_at_risk') }}
            when incidence < 1 - 1e-12
                then {{ log_log_high('incidence', 'relative_variance') }}
        end as incidence_high,
        false as is_final
    from spread
)

select * from with_intervals
