-- One row per customer: who it is. The only place beside staging for personal data.
with customers as (
    select
        customer_id,
        full_name,
        email,
        phone,
        birth_date
    from {{ ref('stg_app__customers') }}
)

select * from customers
