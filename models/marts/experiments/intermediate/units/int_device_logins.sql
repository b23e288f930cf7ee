with events as (
    select
        brand,
        anonymous_id,
        identified_customer_id
    from {{ ref('events') }}
    where identified_customer_id is not null
),

exposures as (
    select anonymous_id from {{ ref('stg_experiments__exposures') }}
    where customer_id is null
),

customers as (
    select
        customer_id,
        created_at
    from {{ ref('customers') }}
),

-- However many customers a device may have elsewhere, here one alone is proof.
single as (
    select
        brand,
        anonymous_id,
        max(identified_customer_id) as customer_id
    from events
    where anonymous_id in (select exposures.anonymous_id from exposures)
    group by brand, anonymous_id
    having count(distinct identified_customer_id) = 1
),

logins as (
    select
        single.brand,
        single.anonymous_id,
        single.customer_id,
        customers.created_at
    from single
    inner join customers
        on single.customer_id = customers.customer_id
)

select * from logins
