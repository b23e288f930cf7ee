-- Why: churn is counted in lives; a day outside of them, or in two, makes somebody leave who did not, or stay who left.
-- Threshold: none. A failure names a day on which a customer was active, or a subscription of it began, ended or runs on (as_of), and the
-- number of lives that hold it, other than 1.
with as_of as (
    select as_of_date from {{ as_of() }}
),

present_days as (
    select
        customer_id,
        brand,
        activity_date
    from {{ ref('customer_days') }}
    union
    select
        customer_id,
        brand,
        started_date as activity_date
    from {{ ref('subscriptions') }}
    union
    select
        subscriptions.customer_id,
        subscriptions.brand,
        coalesce(subscriptions.ended_date, as_of.as_of_date) as activity_date
    from {{ ref('subscriptions') }} as subscriptions
    cross join as_of
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
        present_days.customer_id,
        present_days.brand,
        present_days.activity_date,
        count(lives.life_number) as life_count
    from present_days
    left join lives
        on
            present_days.customer_id = lives.customer_id
            and present_days.brand = lives.brand
            and present_days.activity_date >= lives.started_date
            and present_days.activity_date <= lives.last_seen_date
    group by
        present_days.customer_id, present_days.brand, present_days.activity_date
)

select *
from held
where life_count <> 1
