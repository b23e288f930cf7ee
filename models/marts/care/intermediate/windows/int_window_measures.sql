with windows as (
    select * from {{ ref('int_patient_windows') }}
),

patient_days as (
    select * from {{ ref('patient_days') }}
    where usable_reading_count > 0
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
),

as_of as (
    select
        as_of_date,
        covered_date
    from {{ as_of() }}
),

summed as (
    select
        windows.customer_id,
        windows.window_number,
        count(*) as days_with_data,
        sum(patient_days.glucose_count) as glucose_count,
        sum(patient_days.glucose_in_range_count) as glucose_in_range_count,
        sum(patient_days.continuous_glucose_count) as continuous_glucose_count,
        sum(patient_days.continuous_glucose_in_range_count)
            as continuous_glucose_in_range_count,
        count(case when patient_days.continuous_glucose_count > 0 then 1 end)
            as continuous_glucose_days,
        max(patient_days.weight_gain_kg) as largest_weight_gain_kg
    from windows
    inner join patient_days
        on
            windows.customer_id = patient_days.customer_id
            and windows.window_start <= patient_days.measured_date
            and windows.window_end >= patient_days.measured_date
    group by windows.customer_id, windows.window_number
),

measured as (
    select
        windows.customer_id,
        coalesce(customers.brand, 'unknown') as brand,
        windows.window_number,
        coalesce(summed.days_with_data, 0) as days_with_data,
        least(
            {{ var('monitoring_window_days') }},
            {{ dbt.datediff('windows.window_start', 'as_of.as_of_date', 'day') }} + 1
        ) as days_so_far,
        coalesce(summed.glucose_count, 0) as glucose_count,
        summed.glucose_in_range_count,
        summed.continuous_glucose_count,
        summed.continuous_glucose_in_range_count,
        summed.continuous_glucose_days,
        summed.largest_weight_gain_kg,
        {{ dbt.dateadd('day', var('late_days'), 'windows.window_end') }}
        <= as_of.covered_date as is_final,
        windows.window_start,
        windows.window_end
    from windows
    cross join as_of
    left join customers
        on windows.customer_id = customers.customer_id
    left join summed
        on
            windows.customer_id = summed.customer_id
            and windows.window_number = summed.window_number
)

select * from measured
