-- One row per brand and contact topic: whether contacts keep customers, why the plain comparison misleads, and in words.
with effects as (
    select * from {{ ref('int_contact_effects') }}
),

sentences as (
    select
        verdict,
        sentence,
        sentence_ko
    from {{ ref('contact_verdicts') }}
),

judged as (
    select
        *,
        case
            when
                churned_after_contact + churned_without_contact < 10
                or standardised_low is null
                or comparable_share < 0.5
                then 'too_few'
            when negative_control_low > 0 or negative_control_high < 0
                then 'not_comparable'
            when standardised_high < 0 then 'keeps'
            when standardised_low > 0 then 'does_not_keep'
            else 'no_effect_seen'
        end as verdict,
        coalesce(
            naive_difference not between standardised_low and standardised_high, false
        ) as is_naive_misleading,
        case
            when naive_difference < standardised_low and imbalance_before > 0
                then 'misleading_active'
            when naive_difference > standardised_high and imbalance_before < 0
                then 'misleading_inactive'
        end as misleading_because
    from effects
),

worded as (
    select
        judged.*,
        {{ verdict_in_words('sentence') }} as verdict_sentence,
        {{ verdict_in_words('sentence_ko') }} as verdict_sentence_ko
    from judged
    left join sentences as plain
        on plain.verdict = 'plain'
    left join sentences as told
        on judged.verdict = told.verdict
    left join sentences as misleading
        on
            judged.misleading_because = misleading.verdict
            and judged.verdict in ('keeps', 'does_not_keep', 'no_effect_seen')
)

select
    brand,
    topic,
    n_mature,
    contact_months,
    churned_after_contact,
    churned_without_contact,
    churn_rate_after_contact,
    churn_rate_after_contact_low,
    churn_rate_after_contact_high,
    churn_rate_without_contact,
    churn_rate_without_contact_low,
    churn_rate_without_contact_high,
    naive_difference,
    naive_low,
    naive_high,
    standardised_difference,
    standardised_low,
    standardised_high,
    comparable_share,
    imbalance_before,
    imbalance_after,
    contacts,
    contacts_after_decision,
    contacts_after_decision_share,
    contacts_after_decision_share_low,
    contacts_after_decision_share_high,
    negative_control_naive_difference,
    negative_control_difference,
    negative_control_low,
    negative_control_high,
    odds_ratio,
    odds_ratio_low,
    odds_ratio_high,
    risk_ratio,
    risk_ratio_low,
    risk_ratio_high,
    mantel_haenszel_p_value,
    verdict,
    is_naive_misleading,
    verdict_sentence,
    verdict_sentence_ko,
    false as is_final
from worded
