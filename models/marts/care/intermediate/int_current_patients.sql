-- One row per patient who is with us on as_of: with a running subscription or, where there never was one, with a reading in the last
-- 30 days.
with patients as (
    select * from {{ ref('int_patients') }}
),

patient_days as (
    select
        customer_id,
        measured_date
    from {{ ref('patient_days') }}
    where usable_reading_count > 0
),

as_of as (
    select as_of_date from {{ as_of() }}
),

usual_pauses as (
    select
        patients.customer_id,
        least(
            60.0,
            1 + {{ dbt.datediff(
                'patients.first_date', 'patients.last_usable_date', 'day'
            ) }}
        ) / count(*) as usual_pause_days
    from patients
    inner join patient_days
        on
            patients.customer_id = patient_days.customer_id
            and patient_days.measured_date
            > {{ dbt.dateadd('day', -60, 'patients.last_usable_date') }}
    group by
        patients.customer_id,
        patients.first_date,
        patients.last_usable_date
)

select
    patients.customer_id,
    patients.last_usable_date,
    usual_pauses.usual_pause_days,
    as_of.as_of_date
from patients
cross join as_of
left join usual_pauses
    on patients.customer_id = usual_pauses.customer_id
where
    coalesce(
        patients.is_subscribed,
        patients.last_date >= {{ dbt.dateadd('day', -30, 'as_of.as_of_date') }}
    )
