-- One row per patient with a reading: the first and last days of readings, and what became of the subscription, if there was one.
with patient_days as (
    select
        customer_id,
        usable_reading_count,
        measured_date
    from {{ ref('patient_days') }}
),

subscriptions as (
    select
        customer_id,
        bool_or(is_running) as is_subscribed,
        max(cancelled_date) as cancelled_date
    from {{ ref('subscriptions') }}
    group by customer_id
),

measured as (
    select
        customer_id,
        min(measured_date) as first_date,
        max(measured_date) as last_date,
        max(case when usable_reading_count > 0 then measured_date end)
            as last_usable_date
    from patient_days
    group by customer_id
)

select
    measured.customer_id,
    subscriptions.is_subscribed,
    measured.first_date,
    measured.last_date,
    measured.last_usable_date,
    subscriptions.cancelled_date
from measured
left join subscriptions
    on measured.customer_id = subscriptions.customer_id
