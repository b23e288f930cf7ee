-- One row per brand, contact topic and outcome: the outcome after a contact less that without, as it is (naive), between
-- equally active customers (standardised), and by Mantel-Haenszel.
with strata as (
    select
        *,
        contact_n + other_n as n,
        contact_n > 0 and other_n > 0 as is_comparable
    from {{ ref('int_contact_strata') }}
),

-- Shares by stratum. A half is added for the variance, so that a stratum without outcomes does not claim to be certain.
shares as (
    select
        *,
        case when is_comparable then n end as weight,
        contact_outcomes / nullif(contact_n, 0) as contact_share,
        other_outcomes / nullif(other_n, 0) as other_share,
        {{ smoothed_variance('contact_outcomes', 'contact_n') }} as contact_variance,
        {{ smoothed_variance('other_outcomes', 'other_n') }} as other_variance,
        contact_outcomes * (other_n - other_outcomes) / n as concordant,
        other_outcomes * (contact_n - contact_outcomes) / n as discordant,
        (contact_outcomes + other_n - other_outcomes) / n as concordant_share,
        (other_outcomes + contact_n - contact_outcomes) / n as discordant_share,
        contact_outcomes + other_outcomes as all_outcomes
    from strata
),

summed as (
    select
        brand,
        topic,
        outcome,
        sum(n) as n,
        sum(contact_n) as contact_n,
        sum(other_n) as other_n,
        sum(contact_outcomes) as contact_outcomes,
        sum(other_outcomes) as other_outcomes,
        sum(weight) as comparable_n,
        {{ steady_sum('weight * contact_share') }} / sum(weight)
            as standard_contact_share,
        {{ steady_sum('weight * other_share') }} / sum(weight) as standard_other_share,
        sqrt({{ steady_sum('weight * weight * (contact_variance + other_variance)') }})
        / sum(weight) as standardised_error,
        sum(contact_active_days) as contact_active_days,
        sum(other_active_days) as other_active_days,
        sum(contact_squared_active_days) as contact_squared_active_days,
        sum(other_squared_active_days) as other_squared_active_days,
        {{ steady_sum(
            'weight * (contact_active_days / contact_n'
            ' - other_active_days / nullif(other_n, 0))'
        ) }} / sum(weight) as standardised_active_days_difference,
        {{ mantel_haenszel_sums() }}
    from shares
    group by brand, topic, outcome
)

select
    *,
    contact_outcomes / nullif(contact_n, 0) as contact_share,
    other_outcomes / nullif(other_n, 0) as other_share,
    contact_outcomes / nullif(contact_n, 0) - other_outcomes / nullif(other_n, 0)
        as naive_difference,
    sqrt(
        {{ smoothed_variance('contact_outcomes', 'contact_n') }}
        + {{ smoothed_variance('other_outcomes', 'other_n') }}
    ) as naive_error,
    standard_contact_share - standard_other_share as standardised_difference
from summed
