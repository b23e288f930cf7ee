{%- set days = var('monitoring_window_days') -%}

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
    from {{ ref('int_measured_patients') }} as patients
    cross join as_of
),

numbers as (
    select number from {{ numbers_of(ref('dates')) }} as numbers
),

numbered as (
    select
        patients.customer_id,
        cast(numbers.number as integer) as window_number,
        cast({{ dbt.dateadd(
            'day', days ~ ' * (numbers.number - 1)', 'patients.first_date'
        ) }} as date) as window_start
    from patients
    inner join numbers
        on
            numbers.number - 1
            <= floor(
                1.0
                * {{ dbt.datediff('patients.first_date', 'patients.last_date', 'day') }}
                / {{ days }}
            )
),

windows as (
    select
        *,
        cast({{ dbt.dateadd('day', days ~ ' - 1', 'window_start') }} as date)
            as window_end
    from numbered
)

select * from windows
