{%- set sensor_days = var('sensor_days') | int -%}

with windows as (
    select * from {{ ref('int_patient_windows') }}
),

patient_days as (
    select * from {{ ref('patient_days') }}
    where usable_reading_count > 0
),

-- The share of time in which the sensor was active, of the days up to each.
window_days as (
    select
        windows.window_number,
        patient_days.*,
        sum(cast(case
            when patient_days.sensor_active_minutes > 1440 then 1440
            else patient_days.sensor_active_minutes
        end as decimal(18, 8))) over (
            partition by windows.customer_id, windows.window_number
            order by patient_days.measured_date
            range between interval {{ sensor_days - 1 }} days preceding
            and current row
        ) / (1440.0 * {{ sensor_days }}) as sensor_active_share
    from windows
    inner join patient_days
        on
            windows.customer_id = patient_days.customer_id
            and windows.window_start <= patient_days.measured_date
            and windows.window_end >= patient_days.measured_date
),

summed as (
    select
        customer_id,
        window_number,
        count(*) as days_with_data,
        sum(glucose_count) as glucose_count,
        sum(case when glucose_in_range_count is not null then glucose_count end)
            as judged_glucose_count,
        sum(glucose_in_range_count) as glucose_in_range_count,
        max(sensor_active_share) as sensor_active_share,
        {{ steady_sum(
            'case when sensor_minutes_in_range is not null then sensor_minutes end'
        ) }} as judged_sensor_minutes,
        {{ steady_sum('sensor_minutes_in_range') }} as sensor_minutes_in_range,
        max(weight_gain_kg) as largest_weight_gain_kg,
        bool_or(weight_gain_kg > weight_gain_bound_kg) as has_rapid_weight_gain
    from window_days
    group by customer_id, window_number
),

measured as (
    select
        windows.customer_id,
        coalesce(customers.brand, 'unknown') as brand,
        windows.window_number,
        coalesce(summed.days_with_data, 0) as days_with_data,
        windows.days_so_far,
        coalesce(summed.glucose_count, 0) as glucose_count,
        summed.judged_glucose_count,
        summed.glucose_in_range_count,
        summed.sensor_active_share,
        summed.judged_sensor_minutes,
        summed.sensor_minutes_in_range,
        summed.largest_weight_gain_kg,
        summed.has_rapid_weight_gain,
        {{ dbt.dateadd('day', var('late_days'), 'windows.window_end') }}
        <= as_of.covered_date
        -- Until a reading counts, it may be the first one that windows begin with.
        and patients.last_usable_date is not null
        and not (
            patients.may_measure_again and windows.window_end >= patients.last_date
        ) as is_final,
        windows.window_start,
        windows.window_end
    from windows
    cross join {{ covered_by(['devices.readings', 'app.subscription_changes']) }}
        as as_of
    inner join {{ ref('int_measured_patients') }} as patients
        on windows.customer_id = patients.customer_id
    left join {{ ref('customers') }} as customers
        on windows.customer_id = customers.customer_id
    left join summed
        on
            windows.customer_id = summed.customer_id
            and windows.window_number = summed.window_number
)

select * from measured
