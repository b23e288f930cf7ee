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
