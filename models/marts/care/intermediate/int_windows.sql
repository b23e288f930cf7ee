-- One row per patient and window: 30 days each, from the patient's first day with a reading on, as long as the patient is with
-- us: subscribed, or still measuring.
with patient_days as (
    select
        customer_id,
        measured_date
    from {{ ref('patient_days') }}
),

as_of as (
    select as_of_date from {{ ref('as_of') }}
),

subscribers as (
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
        max(measured_date) as last_date
    from patient_days
    group by customer_id
),

patients as (
    select
        measured.customer_id,
        measured.first_date,
        case
            when subscribers.is_subscribed then as_of.as_of_date
            else
                greatest(
                    measured.last_date,
                    coalesce(subscribers.cancelled_date, measured.last_date)
                )
        end as last_date
    from measured
    cross join as_of
    left join subscribers
        on measured.customer_id = subscribers.customer_id
),

window_numbers as (
    select day_number
    from (
        select row_number() over (order by date_day) - 1 as day_number
        from {{ ref('dates') }}
    ) as numbered
),

windows as (
    select
        patients.customer_id,
        cast(window_numbers.day_number + 1 as integer) as window_number,
        cast({{ dbt.dateadd(
            'day', '30 * window_numbers.day_number', 'patients.first_date'
        ) }} as date) as window_start
    from patients
    inner join window_numbers
        on
            window_numbers.day_number
            <= floor(
                {{ dbt.datediff('patients.first_date', 'patients.last_date', 'day') }}
                / 30.0
            )
)

select
    customer_id,
    window_number,
    window_start,
    cast({{ dbt.dateadd('day', 29, 'window_start') }} as date) as window_end
from windows
