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
    select
        verdict,
        sentence,
        sentence_ko
    from {{ ref('contact_verdicts') }}
),

contacts as (
    select
        brand,
        topic,
        count(*) as contacts,
        count(case when is_after_decision then 1 end) as contacts_after_decision
    from {{ ref('int_support_contacts') }}
    group by brand, topic
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
        risks.*,
        contacts.contacts,
        contacts.contacts_after_decision,
        1.0 * contacts.contacts_after_decision / contacts.contacts
            as contacts_after_decision_share,
        {{ wilson_low('contacts.contacts_after_decision', 'contacts.contacts') }}
            as contacts_after_decision_share_low,
        {{ wilson_high('contacts.contacts_after_decision', 'contacts.contacts') }}
            as contacts_after_decision_share_high,
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
    inner join contacts
        on
            risks.brand = contacts.brand
            and risks.topic = contacts.topic
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
