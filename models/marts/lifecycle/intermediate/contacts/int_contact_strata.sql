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

months as (
    select
        outcomes.*,
        outcomes.active_days * outcomes.active_days as active_squares,
        topics.topic,
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
),

strata as (
    select
        brand,
        topic,
        outcome,
        stratum,
        cast(count(case when has_contact then 1 end) as double) as contact_n,
        cast(count(case when has_contact and has_outcome then 1 end) as double)
            as contact_outcomes,
        cast(sum(case when has_contact then active_days else 0 end) as double)
            as contact_active_days,
        cast(sum(case when has_contact then active_squares else 0 end) as double)
            as contact_squared_active_days,
        cast(count(case when not has_contact then 1 end) as double) as other_n,
        cast(count(case when not has_contact and has_outcome then 1 end) as double)
            as other_outcomes,
        cast(sum(case when not has_contact then active_days else 0 end) as double)
            as other_active_days,
        cast(sum(case when not has_contact then active_squares else 0 end) as double)
            as other_squared_active_days
    from months
    group by brand, topic, outcome, stratum
)

select * from strata
