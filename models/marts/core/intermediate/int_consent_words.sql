with records as (
    select
        consent_id,
        customer_id,
        anonymous_id,
        purpose,
        is_granted,
        recorded_at
    from {{ ref('stg_privacy__consents') }}
),

events as (
    select
        brand,
        anonymous_id,
        identified_customer_id as customer_id
    from {{ ref('events') }}
    where
        anonymous_id is not null
        and identified_customer_id is not null
),

logins as (
    select distinct
        brand,
        anonymous_id,
        customer_id
    from events
),

-- A yes follows a device to its only customer of the brand, a no to everybody who used it: in doubt nobody agreed.
devices as (
    select
        anonymous_id,
        customer_id,
        min(customer_count) = 1 as is_own
    from (
        select
            anonymous_id,
            customer_id,
            count(*) over (partition by brand, anonymous_id) as customer_count
        from logins
    ) as counted
    group by anonymous_id, customer_id
),

words_of_customers as (
    select
        customer_id,
        consent_id,
        'customer' as given_as,
        purpose,
        is_granted,
        recorded_at
    from records
    where customer_id is not null
    union all
    select
        devices.customer_id,
        records.consent_id,
        'visitor' as given_as,
        records.purpose,
        records.is_granted,
        records.recorded_at
    from records
    inner join devices
        on records.anonymous_id = devices.anonymous_id
    where
        records.customer_id is null
        and (devices.is_own or not records.is_granted)
),

words as (
    select
        'customer' as person_type,
        customer_id as person_id,
        consent_id,
        given_as,
        purpose,
        is_granted,
        {{ dbt.date_trunc('second', 'recorded_at') }} as decided_at
    from words_of_customers
    union
    select
        'visitor' as person_type,
        anonymous_id as person_id,
        consent_id,
        case when customer_id is null then 'visitor' else 'customer' end as given_as,
        purpose,
        is_granted,
        {{ dbt.date_trunc('second', 'recorded_at') }} as decided_at
    from records
    where
        anonymous_id is not null
        and (customer_id is null or not is_granted)
    union
    select
        'visitor' as person_type,
        devices.anonymous_id as person_id,
        words_of_customers.consent_id,
        words_of_customers.given_as,
        words_of_customers.purpose,
        words_of_customers.is_granted,
        {{ dbt.date_trunc('second', 'words_of_customers.recorded_at') }} as decided_at
    from words_of_customers
    inner join devices
        on words_of_customers.customer_id = devices.customer_id
    where devices.is_own or not words_of_customers.is_granted
)

select * from words
