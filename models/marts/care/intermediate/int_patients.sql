-- One row per patient with a reading: the first day (of a usable reading, if there is one), the last days, and what became of the
-- subscription, if there was one.
with patient_days as (
    select
        customer_id,
        usable_reading_count,
        measured_date
    from {{ ref('patient_days') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- A subscription that is cancelled for later runs until then.
subscriptions as (
    select
        runs.customer_id,
        bool_or(
            runs.is_running or {{ reporting_date('runs.ends_at') }} > as_of.as_of_date
        ) as is_subscribed,
        max({{ reporting_date('runs.ends_at') }}) as ended_date
    from {{ ref('subscriptions') }} as runs
    cross join as_of
    group by runs.customer_id
),

measured as (
    select
        customer_id,
        coalesce(
            min(case when usable_reading_count > 0 then measured_date end),
            min(measured_date)
        ) as first_date,
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
    subscriptions.ended_date
from measured
left join subscriptions
    on measured.customer_id = subscriptions.customer_id
