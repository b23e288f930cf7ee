with tickets as (
    select
        ticket_id,
        customer_id,
        topic,
        opened_at,
        {{ reporting_date('opened_at') }} as opened_date
    from {{ ref('stg_support__tickets') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
),

troubleshooting as (
    select topic from {{ ref('contact_topics') }}
    where is_troubleshooting
),

as_of as (
    select as_of_date from {{ as_of() }}
),

subscriptions as (
    select
        customer_id,
        brand,
        started_at,
        coalesce(cancelled_at, cast('9999-12-31' as timestamp)) as cancelled_at
    from {{ ref('subscriptions') }}
),

contacts as (
    select
        tickets.ticket_id,
        tickets.customer_id,
        customers.brand,
        tickets.topic,
        troubleshooting.topic is not null as is_troubleshooting,
        tickets.opened_at,
        tickets.opened_date
    from tickets
    inner join as_of
        on tickets.opened_date <= as_of.as_of_date
    inner join customers
        on tickets.customer_id = customers.customer_id
    left join troubleshooting
        on tickets.topic = troubleshooting.topic
),

-- Who has cancelled and is subscribed again has not decided to leave.
decided as (
    select
        contacts.ticket_id,
        contacts.customer_id,
        contacts.brand,
        contacts.topic,
        contacts.is_troubleshooting,
        coalesce(bool_or(subscriptions.cancelled_at <= contacts.opened_at), false)
        and not coalesce(
            bool_or(
                subscriptions.started_at <= contacts.opened_at
                and subscriptions.cancelled_at > contacts.opened_at
            ),
            false
        ) as is_after_decision,
        {{ month_of('contacts.opened_date') }} as month
    from contacts
    left join subscriptions
        on
            contacts.customer_id = subscriptions.customer_id
            and contacts.brand = subscriptions.brand
    group by
        contacts.ticket_id,
        contacts.customer_id,
        contacts.brand,
        contacts.topic,
        contacts.is_troubleshooting,
        contacts.opened_date
)

select * from decided
