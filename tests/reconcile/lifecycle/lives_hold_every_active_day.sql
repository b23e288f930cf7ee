-- Why: churn is counted in lives; a day outside of them, or in two, makes somebody leave who did not, or stay who left.
-- Threshold: none. A failure names a day on which a customer was active and the number of lives that hold it, other than 1.
with customer_days as (
    select
        customer_id,
        brand,
        activity_date
    from {{ ref('customer_days') }}
),

lives as (
    select
        customer_id,
        brand,
        life_number,
        started_date,
        last_seen_date
    from {{ ref('customer_lives') }}
),

held as (
    select
        customer_days.customer_id,
        customer_days.brand,
        customer_days.activity_date,
        count(lives.life_number) as life_count
    from customer_days
    left join lives
        on
            customer_days.customer_id = lives.customer_id
            and customer_days.brand = lives.brand
            and customer_days.activity_date >= lives.started_date
            and customer_days.activity_date <= lives.last_seen_date
    group by
        customer_days.customer_id, customer_days.brand, customer_days.activity_date
)

select *
from held
where life_count <> 1
