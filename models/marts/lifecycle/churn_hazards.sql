with ages as (
    select
        *,
        cast(floor(age_days / 30.0) as integer) + 1 as month_of_life,
        case
            when n_churned = 0 then 0
            else {{ log_survival_step('n_churned', 'n_at_risk') }}
        end as log_step,
        case
            when n_churned = 0 then 0
            else {{ greenwood_step('n_churned', 'n_at_risk') }}
        end as greenwood_step
    from {{ ref('int_survival_ages') }}
),

months as (
    select
        brand,
        segment_type,
        segment,
        month_of_life,
        -- those at its start, and those who came under observation within it
        cast(min_by(n_at_risk, age_days) + sum(n_entered) as bigint) as n_at_risk,
        cast(sum(n_churned) as bigint) as n_churned,
        cast(sum(n_censored) as bigint) as n_censored,
        {{ survived('log_step') }} as survival,
        cast(sum(greenwood_step) as double) as greenwood
    from ages
    group by brand, segment_type, segment, month_of_life
    having sum(n_churned + n_censored) > 0
),

hazards as (
    select
        brand,
        segment_type,
        segment,
        month_of_life,
        n_at_risk,
        n_churned,
        n_censored,
        n_at_risk - n_censored as n_mature,
        1 - survival as hazard,
        1 - {{ log_log_high('survival', 'greenwood') }} as hazard_low,
        -- Where nobody left there is no spread to go by: as for a share of 0.
        case
            when n_churned = 0 then {{ wilson_high('0', 'n_at_risk') }}
            else 1 - {{ log_log_low('survival', 'greenwood') }}
        end as hazard_high,
        false as is_final
    from months
)

select * from hazards
