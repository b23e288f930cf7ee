with exposures as (
    select distinct anonymous_id
    from {{ ref('stg_experiments__exposures') }}
    where anonymous_id is not null
),

sessions as (
    select
        brand,
        anonymous_id,
        customer_id,
        started_at
    from {{ ref('sessions') }}
),

events as (
    select
        brand,
        anonymous_id,
        identified_customer_id
    from {{ ref('events') }}
    where identified_customer_id is not null
),

customers as (
    select
        customer_id,
        created_at
    from {{ ref('customers') }}
),

consents as (
    select
        person_type,
        person_id,
        purpose,
        is_granted
    from {{ ref('consents') }}
),

-- A shared device has no customer.
devices as (
    select
        sessions.brand,
        sessions.anonymous_id,
        max(sessions.customer_id) as customer_id,
        min(sessions.started_at) as first_seen_at
    from sessions
    inner join exposures
        on sessions.anonymous_id = exposures.anonymous_id
    group by sessions.brand, sessions.anonymous_id
),

-- However many customers a device may have elsewhere, here one alone is proof.
logins as (
    select
        events.brand,
        events.anonymous_id,
        max(events.identified_customer_id) as customer_id
    from events
    inner join exposures
        on events.anonymous_id = exposures.anonymous_id
    group by events.brand, events.anonymous_id
    having count(distinct events.identified_customer_id) = 1
),

described as (
    select
        devices.brand,
        devices.anonymous_id,
        devices.customer_id,
        customers.customer_id as only_customer_id,
        customers.created_at as only_customer_from,
        devices.first_seen_at
    from devices
    left join logins
        on
            devices.brand = logins.brand
            and devices.anonymous_id = logins.anonymous_id
    left join customers
        on logins.customer_id = customers.customer_id
    where {{ has_consent(
        'experiments', 'consents', 'devices.customer_id', 'devices.anonymous_id'
    ) }}
)

select * from described
