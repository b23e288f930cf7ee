with consents as (
    select
        person_id as customer_id,
        given_as,
        decided_at
    from {{ ref('consents') }}
    where
        person_type = 'customer'
        and purpose = 'marketing'
        and is_granted
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
),

contactable as (
    select
        customers.customer_id,
        customers.brand,
        consents.given_as,
        consents.decided_at
    from customers
    inner join consents
        on customers.customer_id = consents.customer_id
)

select * from contactable
