-- One row per brand, contact topic, outcome and stratum of engagement: customer months with and without a contact, and how
-- many of them had the outcome: churn in the month after, or activity long before, which no contact can have caused.
with customer_months as (
    select * from {{ ref('int_contact_months') }}
),

contacts as (
    select distinct
        customer_id,
        brand,
        topic,
        month
    from {{ ref('int_contacts') }}
    where not is_after_decision
),

topics as (
    select distinct
        brand,
        topic
    from contacts
),

outcomes as (
    select
        customer_id,
        brand,
        month,
        active_days,
        stratum,
        'churn' as outcome,
        is_churned_next_month as has_outcome
    from customer_months
    union all
    select
        customer_id,
        brand,
        month,
        active_days,
        stratum,
        'negative_control' as outcome,
        was_active_before as has_outcome
    from customer_months
    where was_active_before is not null
),

joined as (
    select
        outcomes.brand,
        topics.topic,
        outcomes.outcome,
        outcomes.stratum,
        outcomes.active_days,
        outcomes.has_outcome,
        contacts.customer_id is not null as has_contact
    from outcomes
    inner join topics
        on outcomes.brand = topics.brand
    left join contacts
        on
            outcomes.customer_id = contacts.customer_id
            and outcomes.brand = contacts.brand
            and outcomes.month = contacts.month
            and topics.topic = contacts.topic
)

select
    brand,
    topic,
    outcome,
    stratum,
    {{ counted_by_contact('has_contact', 'contact') }},
    {{ counted_by_contact('not has_contact', 'other') }}
from joined
group by brand, topic, outcome, stratum
