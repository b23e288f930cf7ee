with measured as (
    select * from {{ ref('int_window_measures') }}
),

blood_pressures as (
    select * from {{ ref('int_blood_pressures') }}
),

rules as (
    select * from {{ ref('int_care_rules') }}
    where rule in ('billing_days', 'glucose_sufficiency')
),

-- The rules of a window are those in force at its end; where none is, nothing is said.
ruled as (
    select
        measured.customer_id,
        measured.window_number,
        max_by(
            rules.level,
            case
                when
                    rules.rule = 'billing_days'
                    and measured.days_with_data >= rules.low
                    and measured.days_with_data
                    < coalesce(rules.high, measured.days_with_data + 1)
                    then rules.severity
            end
        ) as reached_level,
        max(case when rules.rule = 'billing_days' then 'too few days' end)
            as no_level,
        max(case when rules.rule = 'glucose_sufficiency' then rules.low end)
            as sufficient_share
    from measured
    inner join rules
        on
            measured.window_end >= rules.valid_from
            and measured.window_end < rules.valid_to
    group by measured.customer_id, measured.window_number
),

windows as (
    select
        measured.customer_id,
        measured.brand,
        measured.window_number,
        coalesce(ruled.reached_level, ruled.no_level) as billing_level,
        blood_pressures.blood_pressure_stage,
        blood_pressures.blood_pressure_place,
        measured.days_with_data,
        measured.days_so_far,
        1.0 * measured.days_with_data / measured.days_so_far as adherence,
        blood_pressures.systolic_mmhg,
        blood_pressures.diastolic_mmhg,
        blood_pressures.blood_pressure_reading_count,
        blood_pressures.blood_pressure_day_count,
        cast(measured.glucose_count as bigint) as glucose_count,
        1.0 * measured.glucose_in_range_count
        / nullif(measured.judged_glucose_count, 0) as glucose_in_range_share,
        measured.sensor_active_share,
        case
            when measured.sensor_active_share >= ruled.sufficient_share
                then
                    measured.sensor_minutes_in_range
                    / nullif(measured.judged_sensor_minutes, 0)
        end as time_in_range,
        case
            when ruled.sufficient_share is not null
                then
                    coalesce(
                        measured.sensor_active_share >= ruled.sufficient_share, false
                    )
        end as is_time_in_range_sufficient,
        measured.largest_weight_gain_kg,
        measured.has_rapid_weight_gain,
        measured.is_final,
        measured.window_start,
        measured.window_end
    from measured
    left join ruled
        on
            measured.customer_id = ruled.customer_id
            and measured.window_number = ruled.window_number
    left join blood_pressures
        on
            measured.customer_id = blood_pressures.customer_id
            and measured.window_number = blood_pressures.window_number
)

select * from windows
