with readings as (
    select
        reading_id,
        customer_id,
        case when context = 'continuous' then 'sensor' else 'meter' end as source,
        -- As it came where no unit is converted: a conversion is rounded.
        case
            when reported_unit = unit then reported_value else cast(value as double)
        end as glucose_mg_dl,
        measured_date,
        local_measured_at,
        measured_at
    from {{ ref('readings') }}
    where is_usable and measurement = 'glucose'
),

sensor_times as (
    select * from {{ ref('int_sensor_times') }}
),

rules as (
    select * from {{ ref('int_care_rules') }}
    where rule in ('glucose_in_range', 'glucose_level')
),

measured_days as (
    select distinct measured_date from readings
),

-- The bounds in force on a day; empty where none is.
bounds as (
    select
        measured_days.measured_date,
        max(case when rules.rule = 'glucose_in_range' then rules.low end) as range_low,
        max(case when rules.rule = 'glucose_in_range' then rules.high end)
            as range_high,
        max(case when rules.level = 'very low' then rules.high end) as very_low_below,
        max(case when rules.level = 'low' then rules.high end) as low_below,
        max(case when rules.level = 'high' then rules.low end) as high_above,
        max(case when rules.level = 'very high' then rules.low end) as very_high_above
    from measured_days
    inner join rules
        on
            measured_days.measured_date >= rules.valid_from
            and measured_days.measured_date < rules.valid_to
    group by measured_days.measured_date
),

judged as (
    select
        readings.*,
        readings.glucose_mg_dl < bounds.very_low_below as is_very_low,
        readings.glucose_mg_dl < bounds.low_below as is_low,
        readings.glucose_mg_dl between bounds.range_low and bounds.range_high
            as is_in_range,
        readings.glucose_mg_dl > bounds.high_above as is_high,
        readings.glucose_mg_dl > bounds.very_high_above as is_very_high,
        sensor_times.minutes,
        sensor_times.active_minutes
    from readings
    left join bounds
        on readings.measured_date = bounds.measured_date
    left join sensor_times
        on
            readings.source = 'sensor'
            and readings.customer_id = sensor_times.customer_id
            and readings.measured_at = sensor_times.measured_at
)

select * from judged
