-- One row per brand, segment and age in days at which a first life ended or was last known: Kaplan-Meier.
with ages as (
    select
        *,
        {{ survival_steps() }}
    from {{ ref('int_survival_ages') }}
),

survivals as (
    select
        *,
        {{ survived(' over until_now') }} as survival,
        cast(sum(greenwood_step) over until_now as double) as greenwood
    from ages
    window until_now as (
        partition by brand, segment_type, segment
        order by age_days
        rows between unbounded preceding and current row
    )
)

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
