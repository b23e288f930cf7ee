with readings as (
    select
        customer_id,
        measured_date,
        case when is_usable then measurement end as measurement,
        value,
        is_usable
    from {{ ref('readings') }}
),

glucose_readings as (
    select * from {{ ref('int_glucose_readings') }}
),

days as (
    select
        customer_id,
        count(*) as reading_count,
        count(case when is_usable then 1 end) as usable_reading_count,
        {%- for sign in ['weight', 'glucose', 'systolic', 'diastolic', 'heart_rate'] %}
        cast(sum(case when measurement = '{{ sign }}' then value end) as double)
            as {{ sign }}_total,
        count(case when measurement = '{{ sign }}' then 1 end)
            as {{ sign }}_count,
        {%- endfor %}
        measured_date
    from readings
    group by customer_id, measured_date
),

-- Empty where no range is in force, which is not none in range.
glucose_days as (
    select
        customer_id,
        measured_date,
        sum(case when is_in_range then 1 when not is_in_range then 0 end)
            as in_range_count,
        count(case when source = 'sensor' then 1 end) as continuous_count,
        sum(case
            when source = 'sensor' and is_in_range then 1
            when source = 'sensor' and not is_in_range then 0
        end) as continuous_in_range_count,
        sum(minutes) as sensor_minutes,
        sum(case when is_in_range then minutes when not is_in_range then 0 end)
            as sensor_minutes_in_range,
        sum(active_minutes) as sensor_active_minutes
    from glucose_readings
    group by customer_id, measured_date
),

patient_days as (
    select
        days.customer_id,
        days.reading_count,
        days.usable_reading_count,
        days.weight_total / nullif(days.weight_count, 0) as weight_kg,
        days.glucose_total / nullif(days.glucose_count, 0) as glucose_mg_dl,
        days.systolic_total / nullif(days.systolic_count, 0) as systolic_mmhg,
        days.diastolic_total / nullif(days.diastolic_count, 0) as diastolic_mmhg,
        days.heart_rate_total / nullif(days.heart_rate_count, 0) as heart_rate_bpm,
        weight_gains.usual_weight_kg,
        weight_gains.weight_gain_kg,
        weight_gains.weight_gain_bound_kg,
        days.weight_count,
        days.glucose_count,
        days.systolic_count,
        days.diastolic_count,
        cast(glucose_days.in_range_count as bigint) as glucose_in_range_count,
        coalesce(glucose_days.continuous_count, 0) as continuous_glucose_count,
        cast(glucose_days.continuous_in_range_count as bigint)
            as continuous_glucose_in_range_count,
        cast(glucose_days.sensor_minutes as double) as sensor_minutes,
        cast(glucose_days.sensor_minutes_in_range as double) as sensor_minutes_in_range,
        cast(glucose_days.sensor_active_minutes as double) as sensor_active_minutes,
        days.measured_date
    from days
    left join glucose_days
        on
            days.customer_id = glucose_days.customer_id
            and days.measured_date = glucose_days.measured_date
    left join {{ ref('int_weight_gains') }} as weight_gains
        on
            days.customer_id = weight_gains.customer_id
            and days.measured_date = weight_gains.measured_date
)

select * from patient_days
