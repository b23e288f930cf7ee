-- One row per patient and window of 30 days from the first reading on: what it says, and whether it is enough to say it.
with windows as (
    select * from {{ ref('int_windows') }}
),

patient_days as (
    select * from {{ ref('patient_days') }}
),

blood_pressures as (
    select * from {{ ref('int_blood_pressures') }}
),

rules as (
    select
        rule,
        level,
        low,
        high,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('care_rules') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
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
            and patient_days.usable_reading_count > 0
    group by windows.customer_id, windows.window_number
),

measured as (
    select
        windows.customer_id,
        windows.window_number,
        windows.window_start,
        windows.window_end,
        least(
            30,
            {{ dbt.datediff('windows.window_start', 'as_of.as_of_date', 'day') }} + 1
        ) as days_so_far,
        coalesce(summed.days_with_data, 0) as days_with_data,
        coalesce(summed.glucose_count, 0) as glucose_count,
        summed.glucose_in_range_count,
        summed.continuous_glucose_count,
        summed.continuous_glucose_in_range_count,
        summed.continuous_glucose_days,
        summed.largest_weight_gain_kg,
        {{ dbt.dateadd('day', var('late_days'), 'windows.window_end') }}
        <= as_of.as_of_date as is_final
    from windows
    cross join as_of
    left join summed
        on
            windows.customer_id = summed.customer_id
            and windows.window_number = summed.window_number
)

select
    measured.customer_id,
    coalesce(customers.brand, 'unknown') as brand,
    measured.window_number,
    coalesce(billing.level, 'too few days') as billing_level,
    blood_pressures.blood_pressure_stage,
    measured.days_with_data,
    measured.days_so_far,
    1.0 * measured.days_with_data / measured.days_so_far as adherence,
    blood_pressures.systolic_mmhg,
    blood_pressures.diastolic_mmhg,
    blood_pressures.blood_pressure_reading_count,
    blood_pressures.blood_pressure_day_count,
    cast(measured.glucose_count as bigint) as glucose_count,
    1.0 * measured.glucose_in_range_count / nullif(measured.glucose_count, 0)
        as glucose_in_range_share,
    1.0 * measured.continuous_glucose_in_range_count
    / nullif(measured.continuous_glucose_count, 0) as time_in_range,
    coalesce(measured.continuous_glucose_days >= sufficiency.low * 30, false)
        as is_time_in_range_sufficient,
    measured.largest_weight_gain_kg,
    coalesce(measured.largest_weight_gain_kg > weight_gain.low, false)
        as has_rapid_weight_gain,
    measured.is_final,
    measured.window_start,
    measured.window_end
from measured
left join customers
    on measured.customer_id = customers.customer_id
left join blood_pressures
    on
        measured.customer_id = blood_pressures.customer_id
        and measured.window_number = blood_pressures.window_number
left join rules as billing
    on
        billing.rule = 'billing_days'
        and measured.days_with_data >= billing.low
        and measured.days_with_data < coalesce(billing.high, 31)
        and measured.window_end >= billing.valid_from
        and measured.window_end < billing.valid_to
left join rules as sufficiency
    on
        sufficiency.rule = 'glucose_sufficiency'
        and measured.window_end >= sufficiency.valid_from
        and measured.window_end < sufficiency.valid_to
left join rules as weight_gain
    on
        weight_gain.rule = 'weight_gain'
        and measured.window_end >= weight_gain.valid_from
        and measured.window_end < weight_gain.valid_to
