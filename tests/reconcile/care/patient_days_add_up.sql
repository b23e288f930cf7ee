-- Why: what a patient's day loses, every window and alert loses too.
-- Threshold: none. By patient, days add up to readings, all and usable; windows hold every day with a usable reading once.
with readings as (
    select
        customer_id,
        count(*) as reading_count,
        count(case when is_usable then 1 end) as usable_reading_count,
        count(distinct case when is_usable then measured_date end) as usable_days
    from {{ ref('readings') }}
    group by customer_id
),

days as (
    select
        customer_id,
        sum(reading_count) as reading_count,
        sum(usable_reading_count) as usable_reading_count
    from {{ ref('patient_days') }}
    group by customer_id
),

windows as (
    select
        customer_id,
        sum(days_with_data) as usable_days
    from {{ ref('monitoring_windows') }}
    group by customer_id
)

select
    coalesce(readings.customer_id, days.customer_id, windows.customer_id)
        as customer_id,
    readings.reading_count,
    days.reading_count as reading_count_of_days,
    readings.usable_reading_count,
    days.usable_reading_count as usable_reading_count_of_days,
    readings.usable_days,
    windows.usable_days as usable_days_of_windows
from readings
full join days
    on readings.customer_id = days.customer_id
full join windows
    on readings.customer_id = windows.customer_id
where
    readings.reading_count is distinct from days.reading_count
    or readings.usable_reading_count is distinct from days.usable_reading_count
    or readings.usable_days is distinct from windows.usable_days
