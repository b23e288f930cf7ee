{%- set least_frauds_for_area = var('min_churned_for_verdict') -%}

with strata as (
    select * from {{ ref('int_contact_strata') }}
),

-- Mantel-Haenszel's difference with Sato's variance (1989): cells may be few or tiny.
terms as (
    select
        brand,
        topic,
        outcome,
        contact_n,
        contact_outcomes,
        contact_n * other_n / n as weight,
        (contact_outcomes * other_n - other_outcomes * contact_n) / n as difference,
        (
            contact_n * contact_n * other_outcomes
            - other_n * other_n * contact_outcomes
            + contact_n * other_n * (other_n - contact_n) / 2
        ) / (n * n) as variance_by_difference,
        (
            contact_outcomes * (other_n - other_outcomes)
            + other_outcomes * (contact_n - contact_outcomes)
        ) / (2 * n) as variance_beside_it,
        contact_n * other_outcomes / other_n as expected_outcomes
    from strata
    where contact_n > 0 and other_n > 0
),

compared as (
    select
        brand,
        topic,
        outcome,
        sum(contact_n) as compared_n,
        sum(contact_outcomes) as compared_outcomes,
        {{ steady_sum('expected_outcomes') }} as expected_outcomes,
        {{ steady_sum('weight') }} as weight,
        {{ steady_sum('difference') }} / {{ steady_sum('weight') }}
            as standardised_difference,
        {{ steady_sum('variance_by_difference') }} as variance_by_difference,
        {{ steady_sum('variance_beside_it') }} as variance_beside_it
    from terms
    group by brand, topic, outcome
),

-- A handful of leavers is no evidence. A control may see more than there should be.
judged as (
    select
        *,
        case
            when outcome like 'negative_%' then compared_outcomes
            else least(compared_outcomes, expected_outcomes)
        end >= {{ least_frauds_for_area }}
        and compared_n - greatest(compared_outcomes, expected_outcomes)
        >= {{ least_frauds_for_area }} as is_enough,
        sqrt(nullif(greatest(
            standardised_difference * variance_by_difference + variance_beside_it, 0
        ), 0)) / weight as standardised_error
    from compared
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
        sum(contact_outcomes) / nullif(sum(contact_n), 0) as contact_share,
        sum(other_outcomes) / nullif(sum(other_n), 0) as other_share
    from strata
    group by brand, topic, outcome
),

with_shares as (
    select
        *,
        {{ wilson_low('contact_outcomes', 'contact_n') }} as contact_share_low,
        {{ wilson_high('contact_outcomes', 'contact_n') }} as contact_share_high,
        {{ wilson_low('other_outcomes', 'other_n') }} as other_share_low,
        {{ wilson_high('other_outcomes', 'other_n') }} as other_share_high
    from summed
),

estimates as (
    select
        shares.*,
        shares.contact_share - shares.other_share as naive_difference,
        {{ newcombe_low(
            'shares.contact_share', 'shares.contact_share_low',
            'shares.other_share', 'shares.other_share_high'
        ) }} as naive_low,
        {{ newcombe_high(
            'shares.contact_share', 'shares.contact_share_high',
            'shares.other_share', 'shares.other_share_low'
        ) }} as naive_high,
        coalesce(judged.compared_n, 0) / nullif(shares.contact_n, 0)
            as comparable_share,
        judged.standardised_difference,
        case when judged.is_enough then {{ normal_low(
            'judged.standardised_difference', 'judged.standardised_error'
        ) }} end as standardised_low,
        case when judged.is_enough then {{ normal_high(
            'judged.standardised_difference', 'judged.standardised_error'
        ) }} end as standardised_high
    from with_shares as shares
    left join judged
        on
            shares.brand = judged.brand
            and shares.topic = judged.topic
            and shares.outcome = judged.outcome
)

select * from estimates
