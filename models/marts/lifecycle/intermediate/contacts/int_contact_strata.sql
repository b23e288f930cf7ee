with customer_months as (
    select * from {{ ref('int_contact_months') }}
),

contacts as (
    select distinct
        customer_id,
        brand,
        topic,
        month
    from {{ ref('int_support_contacts') }}
    where not is_after_decision
),

topics as (
    select distinct
        brand,
        topic
    from contacts
),

-- Activity long before is an outcome that no contact can have caused.
outcomes as (
    select
        *,
        'churn' as outcome,
        is_churned_next_month as has_outcome
    from customer_months
    union all
    select
        *,
        'negative_control' as outcome,
        was_active_before as has_outcome
    from customer_months
    where was_active_before is not null
),

arms as (
    select
        outcomes.brand,
        topics.topic,
        outcomes.outcome,
        outcomes.stratum,
        contacts.customer_id is not null as has_contact,
        count(*) as n,
        count(case when outcomes.has_outcome then 1 end) as outcomes,
        sum(outcomes.active_days) as active_days,
        sum(outcomes.active_days * outcomes.active_days) as squared_active_days
    from outcomes
    inner join topics
        on outcomes.brand = topics.brand
    left join contacts
        on
            outcomes.customer_id = contacts.customer_id
            and outcomes.brand = contacts.brand
            and outcomes.month = contacts.month
            and topics.topic = contacts.topic
    group by outcomes.brand, topics.topic, outcomes.outcome, outcomes.stratum, has_contact
),

strata as (
    select
        brand,
        topic,
        outcome,
        stratum,
        cast(coalesce(sum(case when has_contact then n end), 0) as double) as contact_n,
        cast(coalesce(sum(case when has_contact then outcomes end), 0) as double)
            as contact_outcomes,
        cast(coalesce(sum(case when has_contact then active_days end), 0) as double)
            as contact_active_days,
        cast(coalesce(sum(case when has_contact then squared_active_days end), 0) as double)
            as contact_squared_active_days,
        cast(coalesce(sum(case when not has_contact then n end), 0) as double)
            as other_n,
        cast(coalesce(sum(case when not has_contact then outcomes end), 0) as double)
            as other_outcomes,
        cast(coalesce(sum(case when not has_contact then active_days end), 0) as double)
            as other_active_days,
        cast(coalesce(sum(case when not has_contact then squared_active_days end), 0) as double)
            as other_squared_active_days
    from arms
    group by brand, topic, outcome, stratum
)

select * from strata
