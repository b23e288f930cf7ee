with customers as (
    select
        brand,
        created_date
    from {{ ref('customers') }}
),

days as (
    select
        brand,
        created_date,
        count(*) as customer_count
    from customers
    group by brand, created_date
)

select * from days
