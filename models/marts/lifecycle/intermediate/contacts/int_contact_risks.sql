with people as (
    select * from {{ ref('int_contact_people') }}
),

estimates as (
    select * from {{ ref('int_contact_estimates') }}
),

balances as (
    select * from {{ ref('int_contact_balances') }}
),

odds as (
    select * from {{ ref('int_contact_odds') }}
),

decisions as (
    select
        brand,
        topic,
        1.0 * contacts_after_decision / contacts as share,
        {{ wilson_low('contacts_after_decision', 'contacts') }} as share_low,
        {{ wilson_high('contacts_after_decision', 'contacts') }} as share_high
    from people
    where is_enough_contacting
),

-- Nothing is joined, and so nothing published, that would be a rate of a few people.
risks as (
    select
        people.brand,
        people.topic,
        people.n_mature,
        people.contact_months,
        people.contact_customers,
        people.other_customers,
        cast(churn.contact_outcomes as bigint) as churned_after_contact,
        cast(churn.other_outcomes as bigint) as churned_without_contact,
        churn.contact_share as churn_rate_after_contact,
        churn.contact_share_low as churn_rate_after_contact_low,
        churn.contact_share_high as churn_rate_after_contact_high,
        churn.other_share as churn_rate_without_contact,
        churn.other_share_low as churn_rate_without_contact_low,
        churn.other_share_high as churn_rate_without_contact_high,
        churn.naive_difference,
        churn.naive_low,
        churn.naive_high,
        churn.standardised_difference,
        churn.standardised_low,
        churn.standardised_high,
        churn.comparable_share,
        balances.active_days_before as imbalance_before,
        balances.active_days_after as imbalance_after,
        balances.tenure_months_before as tenure_imbalance_before,
        balances.tenure_months_after as tenure_imbalance_after,
        people.contacts,
        people.contacts_after_decision,
        decisions.share as contacts_after_decision_share,
        decisions.share_low as contacts_after_decision_share_low,
        decisions.share_high as contacts_after_decision_share_high,
        {%- for outcome in ['negative_control', 'negative_exposure', 'same_month'] %}
        cast({{ outcome }}.contact_n as bigint) as {{ outcome }}_months,
        {{ outcome }}.naive_difference as {{ outcome }}_naive_difference,
        {{ outcome }}.standardised_difference as {{ outcome }}_difference,
        {{ outcome }}.standardised_low as {{ outcome }}_low,
        {{ outcome }}.standardised_high as {{ outcome }}_high,
        {%- endfor %}
        odds.odds_ratio,
        odds.odds_ratio_low,
        odds.odds_ratio_high,
        odds.risk_ratio,
        odds.risk_ratio_low,
        odds.risk_ratio_high,
        odds.e_value,
        odds.e_value_bound,
        odds.mantel_haenszel_p_value
    from people
    left join estimates as churn
        on
            people.brand = churn.brand
            and people.topic = churn.topic
            and churn.outcome = 'churn'
            and people.is_enough_people
    left join estimates as negative_control
        on
            people.brand = negative_control.brand
            and people.topic = negative_control.topic
            and negative_control.outcome = 'negative_control'
            and people.is_enough_people
    left join estimates as negative_exposure
        on
            people.brand = negative_exposure.brand
            and people.topic = negative_exposure.topic
            and negative_exposure.outcome = 'negative_exposure'
            and people.is_enough_people
    left join estimates as same_month
        on
            people.brand = same_month.brand
            and people.topic = same_month.topic
            and same_month.outcome = 'same_month'
            and people.is_enough_people
    left join balances
        on
            people.brand = balances.brand
            and people.topic = balances.topic
            and people.is_enough_people
    left join odds
        on
            people.brand = odds.brand
            and people.topic = odds.topic
            and people.is_enough_people
    left join decisions
        on
            people.brand = decisions.brand
            and people.topic = decisions.topic
)

select * from risks
