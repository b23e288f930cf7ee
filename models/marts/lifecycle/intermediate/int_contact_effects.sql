-- One row per brand and contact topic: the effect on churn, how comparable the compared are, and what came first.
with estimates as (
    select * from {{ ref('int_contact_estimates') }}
),

contacts as (
    select
        brand,
        topic,
        count(*) as contacts,
        count(case when is_after_decision then 1 end) as contacts_after_decision
    from {{ ref('int_contacts') }}
    group by brand, topic
),

churn as (
    select
        *,
        standardised_difference - {{ z_95() }} * standardised_error
            as standardised_low,
        standardised_difference + {{ z_95() }} * standardised_error
            as standardised_high,
        naive_difference - {{ z_95() }} * naive_error as naive_low,
        naive_difference + {{ z_95() }} * naive_error as naive_high,
        sqrt(
            (
                contact_squared_active_days
                - contact_active_days * contact_active_days / nullif(contact_n, 0)
                + other_squared_active_days
                - other_active_days * other_active_days / nullif(other_n, 0)
            )
            / nullif(n - 2, 0)
        ) as active_days_deviation,
        concordant / nullif(discordant, 0) as odds_ratio,
        sqrt(
            concordant_agreement / nullif(2 * concordant * concordant, 0)
            + mixed_agreement / nullif(2 * concordant * discordant, 0)
            + discordant_agreement / nullif(2 * discordant * discordant, 0)
        ) as log_odds_ratio_error,
        contact_risk / nullif(other_risk, 0) as risk_ratio,
        sqrt(risk_spread / nullif(contact_risk * other_risk, 0))
            as log_risk_ratio_error,
        chi_square_tail(
            power(outcomes_beyond_expected, 2) / nullif(outcomes_variance, 0), 1
        ) as mantel_haenszel_p_value
    from estimates
    where outcome = 'churn'
),

negative_controls as (
    select
        brand,
        topic,
        naive_difference,
        standardised_difference,
        standardised_difference - {{ z_95() }} * standardised_error
            as standardised_low,
        standardised_difference + {{ z_95() }} * standardised_error
            as standardised_high
    from estimates
    where outcome = 'negative_control'
),

measured as (
    select
        churn.brand,
        churn.topic,
        cast(churn.n as bigint) as n_mature,
        cast(churn.contact_n as bigint) as contact_months,
        cast(churn.contact_outcomes as bigint) as churned_after_contact,
        cast(churn.other_outcomes as bigint) as churned_without_contact,
        churn.contact_share as churn_rate_after_contact,
        {{ wilson_low('churn.contact_outcomes', 'churn.contact_n') }}
            as churn_rate_after_contact_low,
        {{ wilson_high('churn.contact_outcomes', 'churn.contact_n') }}
            as churn_rate_after_contact_high,
        churn.other_share as churn_rate_without_contact,
        {{ wilson_low('churn.other_outcomes', 'churn.other_n') }}
            as churn_rate_without_contact_low,
        {{ wilson_high('churn.other_outcomes', 'churn.other_n') }}
            as churn_rate_without_contact_high,
        churn.naive_difference,
        churn.naive_low,
        churn.naive_high,
        churn.standardised_difference,
        churn.standardised_low,
        churn.standardised_high,
        coalesce(churn.comparable_n, 0) / churn.n as comparable_share,
        (
            churn.contact_active_days / nullif(churn.contact_n, 0)
            - churn.other_active_days / nullif(churn.other_n, 0)
        ) / nullif(churn.active_days_deviation, 0) as imbalance_before,
        churn.standardised_active_days_difference
        / nullif(churn.active_days_deviation, 0) as imbalance_after,
        contacts.contacts,
        contacts.contacts_after_decision,
        1.0 * contacts.contacts_after_decision / contacts.contacts
            as contacts_after_decision_share,
        {{ wilson_low(
            'contacts.contacts_after_decision', 'contacts.contacts'
        ) }} as contacts_after_decision_share_low,
        {{ wilson_high(
            'contacts.contacts_after_decision', 'contacts.contacts'
        ) }} as contacts_after_decision_share_high,
        negative_controls.naive_difference as negative_control_naive_difference,
        negative_controls.standardised_difference as negative_control_difference,
        negative_controls.standardised_low as negative_control_low,
        negative_controls.standardised_high as negative_control_high,
        churn.odds_ratio,
        churn.odds_ratio * exp(-{{ z_95() }} * churn.log_odds_ratio_error)
            as odds_ratio_low,
        churn.odds_ratio * exp({{ z_95() }} * churn.log_odds_ratio_error)
            as odds_ratio_high,
        churn.risk_ratio,
        churn.risk_ratio * exp(-{{ z_95() }} * churn.log_risk_ratio_error)
            as risk_ratio_low,
        churn.risk_ratio * exp({{ z_95() }} * churn.log_risk_ratio_error)
            as risk_ratio_high,
        churn.mantel_haenszel_p_value
    from churn
    inner join contacts
        on
            churn.brand = contacts.brand
            and churn.topic = contacts.topic
    left join negative_controls
        on
            churn.brand = negative_controls.brand
            and churn.topic = negative_controls.topic
)

select * from measured
