-- One row per patient and window: 30 days each, from the patient's first day with a usable reading on, as long as the patient is with
-- us: subscribed, or still measuring.
with as_of as (
    select as_of_date from {{ as_of() }}
),

patients as (
    select
        patients.customer_id,
        patients.first_date,
        case
            when patients.is_subscribed then as_of.as_of_date
            else
                greatest(
                    patients.last_date,
                    coalesce(patients.ended_date, patients.last_date)
                )
        end as last_date
    from {{ ref('int_patients') }} as patients
    cross join as_of
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
