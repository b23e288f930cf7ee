{%- set topic = {'topic': 'risks.topic'} -%}
{%- set rates = {
    'topic': 'risks.topic',
    'contact_months': 'cast(risks.contact_months as varchar)',
    'contact_customers': 'cast(risks.contact_customers as varchar)',
    'other_months': 'cast(risks.n_mature - risks.contact_months as varchar)',
    'after': in_percent('risks.churn_rate_after_contact'),
    'without': in_percent('risks.churn_rate_without_contact'),
    'smallest_cell': "'" ~ var('smallest_cell') ~ "'",
} -%}
{%- set differences = {
    'topic': 'risks.topic',
    'difference': in_percent('risks.standardised_difference'),
    'low': in_percent('risks.standardised_low'),
    'high': in_percent('risks.standardised_high'),
    'comparable': in_percent('risks.comparable_share'),
    'e_value': 'cast(cast(risks.e_value as decimal(18, 1)) as varchar)',
    'e_value_bound': 'cast(cast(risks.e_value_bound as decimal(18, 1)) as varchar)',
    'control_difference': in_percent('risks.negative_exposure_difference'),
    'control_low': in_percent('risks.negative_exposure_low'),
    'control_high': in_percent('risks.negative_exposure_high'),
    'least_leavers': "'" ~ var('min_churned_for_verdict') ~ "'",
} -%}
{%- set same_month = {
    'topic': 'risks.topic',
    'same_months': 'cast(risks.same_month_months as varchar)',
    'same_difference': in_percent('risks.same_month_difference'),
    'same_low': in_percent('risks.same_month_low'),
    'same_high': in_percent('risks.same_month_high'),
} -%}

{%- set columns = [
    'brand', 'topic', 'n_mature', 'contact_months', 'contact_customers',
    'other_customers', 'churned_after_contact', 'churned_without_contact',
    'churn_rate_after_contact', 'churn_rate_after_contact_low',
    'churn_rate_after_contact_high', 'churn_rate_without_contact',
    'churn_rate_without_contact_low', 'churn_rate_without_contact_high',
    'naive_difference', 'naive_low', 'naive_high', 'standardised_difference',
    'standardised_low', 'standardised_high', 'comparable_share', 'imbalance_before',
    'imbalance_after', 'tenure_imbalance_before', 'tenure_imbalance_after',
    'contacts', 'contacts_after_decision', 'contacts_after_decision_share',
    'contacts_after_decision_share_low', 'contacts_after_decision_share_high',
    'negative_control_months', 'negative_control_naive_difference',
    'negative_control_difference', 'negative_control_low', 'negative_control_high',
    'negative_exposure_months', 'negative_exposure_naive_difference',
    'negative_exposure_difference', 'negative_exposure_low', 'negative_exposure_high',
    'same_month_months', 'same_month_naive_difference', 'same_month_difference',
    'same_month_low', 'same_month_high', 'odds_ratio', 'odds_ratio_low',
    'odds_ratio_high', 'risk_ratio', 'risk_ratio_low', 'risk_ratio_high', 'e_value',
    'e_value_bound', 'mantel_haenszel_p_value',
] -%}

with risks as (
    select * from {{ ref('int_contact_risks') }}
),

verdicts as (
    select * from {{ ref('int_contact_verdicts') }}
),

sentences as (
    select * from {{ ref('contact_verdicts') }}
),

worded as (
    select
        {%- for column in columns %}
        risks.{{ column }},
        {%- endfor %}
        verdicts.verdict,
        verdicts.is_naive_misleading,
        {%- for language in ['', '_ko'] %}
        concat_ws(
            ' ',
            {{ with_numbers('plain.sentence' ~ language, rates) }},
            {{ with_numbers('said.sentence' ~ language, differences) }},
            {{ with_numbers('misleading.sentence' ~ language, topic) }}
        ) as verdict_sentence{{ language }},
        case
            when risks.same_month_low is not null
                then {{ with_numbers('same_month.sentence' ~ language, same_month) }}
        end as same_month_sentence{{ language }},
        {%- endfor %}
        false as is_final
    from risks
    inner join verdicts
        on
            risks.brand = verdicts.brand
            and risks.topic = verdicts.topic
    left join sentences as plain
        on verdicts.opening = plain.verdict
    left join sentences as said
        on verdicts.reason = said.verdict
    left join sentences as misleading
        on verdicts.misleading_because = misleading.verdict
    left join sentences as same_month
        on same_month.verdict = 'same_month'
)

select * from worded
