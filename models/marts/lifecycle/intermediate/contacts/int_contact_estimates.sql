-- A half is added for variances, so that a stratum without outcomes does not claim to be
-- certain.
with strata as (
    select
        *,
        contact_n + other_n as n,
        (contact_outcomes + 0.5) / (contact_n + 1) as smoothed_contact_share,
        (other_outcomes + 0.5) / (other_n + 1) as smoothed_other_share
    from {{ ref('int_contact_strata') }}
),

-- Between equally active customers, where there are both.
shares as (
    select
        brand,
        topic,
        outcome,
        n as weight,
        contact_outcomes / contact_n as contact_share,
        other_outcomes / other_n as other_share,
        smoothed_contact_share * (1 - smoothed_contact_share) / contact_n
        + smoothed_other_share * (1 - smoothed_other_share) / other_n as variance,
        contact_active_days / contact_n - other_active_days / other_n
            as active_days_difference
    from strata
    where contact_n > 0 and other_n > 0
),

standardised as (
    select
        brand,
        topic,
        outcome,
        sum(weight) as comparable_n,
        {{ steady_sum('weight * contact_share') }} / sum(weight)
        - {{ steady_sum('weight * other_share') }} / sum(weight)
            as standardised_difference,
        sqrt({{ steady_sum('weight * weight * variance') }})
        / sum(weight) as standardised_error,
        {{ steady_sum('weight * active_days_difference') }}
        / sum(weight) as standardised_active_days_difference
    from shares
    group by brand, topic, outcome
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
        sum(contact_active_days) as contact_active_days,
        sum(other_active_days) as other_active_days,
        sum(contact_squared_active_days) as contact_squared_active_days,
        sum(other_squared_active_days) as other_squared_active_days,
        (sum(contact_outcomes) + 0.5) / (sum(contact_n) + 1) as smoothed_contact_share,
        (sum(other_outcomes) + 0.5) / (sum(other_n) + 1) as smoothed_other_share
    from strata
    group by brand, topic, outcome
),

estimated as (
    select
        summed.*,
        summed.contact_outcomes / nullif(summed.contact_n, 0) as contact_share,
        summed.other_outcomes / nullif(summed.other_n, 0) as other_share,
        contact_share - other_share as naive_difference,
        sqrt(
            summed.smoothed_contact_share * (1 - summed.smoothed_contact_share)
            / nullif(summed.contact_n, 0)
            + summed.smoothed_other_share * (1 - summed.smoothed_other_share)
            / nullif(summed.other_n, 0)
        ) as naive_error,
        standardised.comparable_n,
        standardised.standardised_difference,
        standardised.standardised_error,
        standardised.standardised_active_days_difference
    from summed
    left join standardised
        on
            summed.brand = standardised.brand
            and summed.topic = standardised.topic
            and summed.outcome = standardised.outcome
)

select * from estimated
