with months as (
    select
        customer_id,
        brand,
        month
    from {{ ref('int_contact_months') }}
    where is_churned_next_month is not null
),

contacts as (
    select * from {{ ref('int_support_contacts') }}
),

topics as (
    select
        brand,
        topic,
        count(*) as contacts,
        count(case when is_after_decision then 1 end) as contacts_after_decision,
        count(distinct customer_id) >= {{ var('smallest_cell') }}
            as is_enough_contacting
    from contacts
    group by brand, topic
),

customers as (
    select
        customer_id,
        brand,
        count(*) as months
    from months
    group by customer_id, brand
),

brands as (
    select
        brand,
        count(*) as customers,
        sum(months) as months
    from customers
    group by brand
),

in_contact as (
    select
        contacts.customer_id,
        contacts.brand,
        contacts.topic,
        count(distinct contacts.month) as contact_months
    from contacts
    inner join months
        on
            contacts.customer_id = months.customer_id
            and contacts.brand = months.brand
            and contacts.month = months.month
    where not contacts.is_after_decision
    group by contacts.customer_id, contacts.brand, contacts.topic
),

-- Who was in contact in every month is never one of the others.
counted as (
    select
        in_contact.brand,
        in_contact.topic,
        sum(in_contact.contact_months) as contact_months,
        count(*) as contact_customers,
        count(case when in_contact.contact_months = customers.months then 1 end)
            as only_contact_customers
    from in_contact
    inner join customers
        on
            in_contact.customer_id = customers.customer_id
            and in_contact.brand = customers.brand
    group by in_contact.brand, in_contact.topic
),

people as (
    select
        topics.*,
        cast(brands.months as bigint) as n_mature,
        cast(coalesce(counted.contact_months, 0) as bigint) as contact_months,
        coalesce(counted.contact_customers, 0) as contact_customers,
        brands.customers - coalesce(counted.only_contact_customers, 0)
            as other_customers
    from topics
    inner join brands
        on topics.brand = brands.brand
    left join counted
        on
            topics.brand = counted.brand
            and topics.topic = counted.topic
),

judged as (
    select
        *,
        least(contact_customers, other_customers)
        >= {{ var('smallest_cell') }} as is_enough_people
    from people
)

select * from judged
