with estimates as (
    select
        *,
        {{ normal_low('naive_difference', 'naive_error') }} as naive_low,
        {{ normal_high('naive_difference', 'naive_error') }} as naive_high,
        {{ normal_low('standardised_difference', 'standardised_error') }}
            as standardised_low,
        {{ normal_high('standardised_difference', 'standardised_error') }}
            as standardised_high,
        contact_active_days / nullif(contact_n, 0) as contact_mean_days,
        other_active_days / nullif(other_n, 0) as other_mean_days,
        sqrt(
            (
                contact_squared_active_days
                - contact_active_days * contact_active_days / nullif(contact_n, 0)
                + other_squared_active_days
                - other_active_days * other_active_days / nullif(other_n, 0)
            )
            / nullif(n - 2, 0)
        ) as active_days_deviation
    from {{ ref('int_contact_estimates') }}
),

churn as (
    select * from estimates
    where outcome = 'churn'
),

negative_controls as (
    select * from estimates
    where outcome = 'negative_control'
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

risks as (
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
        (churn.contact_mean_days - churn.other_mean_days)
        / nullif(churn.active_days_deviation, 0) as imbalance_before,
        churn.standardised_active_days_difference
        / nullif(churn.active_days_deviation, 0) as imbalance_after,
        contacts.contacts,
        contacts.contacts_after_decision,
        1.0 * contacts.contacts_after_decision / contacts.contacts
            as contacts_after_decision_share,
        {{ wilson_low('contacts.contacts_after_decision', 'contacts.contacts') }}
            as contacts_after_decision_share_low,
        {{ wilson_high('contacts.contacts_after_decision', 'contacts.contacts') }}
            as contacts_after_decision_share_high,
        negative_controls.naive_difference as negative_control_naive_difference,
        negative_controls.standardised_difference as negative_control_difference,
        negative_controls.standardised_low as negative_control_low,
        negative_controls.standardised_high as negative_control_high
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

select * from risks
