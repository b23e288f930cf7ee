with ages as (
    select
        *,
        {{ log_survival_step('n_churned', 'n_at_risk') }} as log_step,
        {{ greenwood_step('n_churned', 'n_at_risk') }} as greenwood_step
    from {{ ref('int_survival_ages') }}
),

survivals as (
    select
        *,
        {{ survived('log_step', ' over until_now') }} as survival,
        cast(sum(greenwood_step) over until_now as double) as greenwood
    from ages
    window until_now as (
        partition by brand, segment_type, segment
        order by age_days
        rows between unbounded preceding and current row
    )
),

with_intervals as (
    select
        brand,
        segment_type,
        segment,
        age_days,
        n_at_risk,
        n_churned,
        n_censored,
        n_at_risk as n_mature,
        cast(n_churned as double) / n_at_risk as hazard,
        {{ wilson_low('n_churned', 'n_at_risk') }} as hazard_low,
        {{ wilson_high('n_churned', 'n_at_risk') }} as hazard_high,
        survival,
        {{ log_log_low('survival', 'greenwood') }} as survival_low,
        {{ log_log_high('survival', 'greenwood') }} as survival_high,
        false as is_final
    from survivals
)

select * from with_intervals
