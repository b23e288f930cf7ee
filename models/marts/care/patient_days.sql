-- One row per patient and day with a reading: the day's means of what can be used, and how much could not be.
with readings as (
    select
        customer_id,
        measurement,
        context,
        value,
        is_usable,
        measured_date
    from {{ ref('readings') }}
),

glucose_ranges as (
    select
        low,
        high,
        valid_from,
        coalesce(valid_to, cast('9999-12-31' as date)) as valid_to
    from {{ ref('care_rules') }}
    where rule = 'glucose_in_range'
),

patient_days as (
    select
        readings.customer_id,
        count(*) as reading_count,
        count(case when readings.is_usable then 1 end) as usable_reading_count,
        {{ measured_mean('weight') }} as weight_kg,
        {{ measured_mean('glucose') }} as glucose_mg_dl,
        {{ measured_mean('systolic') }} as systolic_mmhg,
        {{ measured_mean('diastolic') }} as diastolic_mmhg,
        {{ measured_mean('heart_rate') }} as heart_rate_bpm,
        {{ measured_count('weight') }} as weight_count,
        {{ measured_count('glucose') }} as glucose_count,
        {{ measured_count('systolic') }} as systolic_count,
        {{ measured_count('diastolic') }} as diastolic_count,
        count(
            case
                when
                    readings.is_usable
                    and readings.measurement = 'glucose'
                    and readings.value between ranges.low and ranges.high
                    then 1
            end
        ) as glucose_in_range_count,
        count(
            case
                when readings.is_usable and readings.context = 'continuous' then 1
            end
        ) as continuous_glucose_count,
        count(
            case
                when
                    readings.is_usable
                    and readings.context = 'continuous'
                    and readings.value between ranges.low and ranges.high
                    then 1
            end
        ) as continuous_glucose_in_range_count,
        readings.measured_date
    from readings
    left join glucose_ranges as ranges
        on
            readings.measured_date >= ranges.valid_from
            and readings.measured_date < ranges.valid_to
    group by readings.customer_id, readings.measured_date
),

-- What is gained since the lightest of the three days before.
gains as (
    select
        later.customer_id,
        later.measured_date,
        max(later.weight_kg - earlier.weight_kg) as weight_gain_kg
    from patient_days as later
    inner join patient_days as earlier
        on
            later.customer_id = earlier.customer_id
            and later.measured_date > earlier.measured_date
            and earlier.measured_date
            >= {{ dbt.dateadd('day', -3, 'later.measured_date') }}
    group by later.customer_id, later.measured_date
)

select
    patient_days.customer_id,
    patient_days.reading_count,
    patient_days.usable_reading_count,
    patient_days.weight_kg,
    patient_days.glucose_mg_dl,
    patient_days.systolic_mmhg,
    patient_days.diastolic_mmhg,
    patient_days.heart_rate_bpm,
    gains.weight_gain_kg,
    patient_days.weight_count,
    patient_days.glucose_count,
    patient_days.systolic_count,
    patient_days.diastolic_count,
    patient_days.glucose_in_range_count,
    patient_days.continuous_glucose_count,
    patient_days.continuous_glucose_in_range_count,
    patient_days.measured_date
from patient_days
left join gains
    on
        patient_days.customer_id = gains.customer_id
        and patient_days.measured_date = gains.measured_date
