{%- set numbers = {
    'topic': 'risks.topic',
    'after': in_percent('risks.churn_rate_after_contact'),
    'without': in_percent('risks.churn_rate_without_contact'),
    'difference': in_percent('risks.standardised_difference'),
    'low': in_percent('risks.standardised_low'),
    'high': in_percent('risks.standardised_high'),
} -%}

with risks as (
    select * from {{ ref('int_contact_risks') }}
),

odds as (
    select * from {{ ref('int_contact_odds') }}
),

sentences as (
    select * from {{ ref('contact_verdicts') }}
),

verdicts as (
    select
        brand,
        topic,
        case
            when
                churned_after_contact + churned_without_contact
                < {{ var('min_churned_for_verdict') }}
                or standardised_low is null
                or comparable_share < {{ var('min_comparable_share') }}
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
    from risks
),

worded as (
    select
        risks.brand,
        risks.topic,
        risks.n_mature,
        risks.contact_months,
        risks.churned_after_contact,
        risks.churned_without_contact,
        risks.churn_rate_after_contact,
        risks.churn_rate_after_contact_low,
        risks.churn_rate_after_contact_high,
        risks.churn_rate_without_contact,
        risks.churn_rate_without_contact_low,
        risks.churn_rate_without_contact_high,
        risks.naive_difference,
        risks.naive_low,
        risks.naive_high,
        risks.standardised_difference,
        risks.standardised_low,
        risks.standardised_high,
        risks.comparable_share,
        risks.imbalance_before,
        risks.imbalance_after,
        risks.contacts,
        risks.contacts_after_decision,
        risks.contacts_after_decision_share,
        risks.contacts_after_decision_share_low,
        risks.contacts_after_decision_share_high,
        risks.negative_control_naive_difference,
        risks.negative_control_difference,
        risks.negative_control_low,
        risks.negative_control_high,
        odds.odds_ratio,
        odds.odds_ratio_low,
        odds.odds_ratio_high,
        odds.risk_ratio,
        odds.risk_ratio_low,
        odds.risk_ratio_high,
        odds.mantel_haenszel_p_value,
        verdicts.verdict,
        verdicts.is_naive_misleading,
        {{ with_numbers(
            "concat_ws(' ', plain.sentence, said.sentence, misleading.sentence)", numbers
        ) }} as verdict_sentence,
        {{ with_numbers(
            "concat_ws(' ', plain.sentence_ko, said.sentence_ko, misleading.sentence_ko)",
            numbers
        ) }} as verdict_sentence_ko,
        false as is_final
    from risks
    inner join odds
        on
            risks.brand = odds.brand
            and risks.topic = odds.topic
    inner join verdicts
        on
            risks.brand = verdicts.brand
            and risks.topic = verdicts.topic
    left join sentences as plain
        on plain.verdict = 'plain'
    left join sentences as said
        on verdicts.verdict = said.verdict
    left join sentences as misleading
        on
            verdicts.misleading_because = misleading.verdict
            and verdicts.verdict in ('keeps', 'does_not_keep', 'no_effect_seen')
)

select * from worded
