with readings as (
    select
        customer_id,
        measurement,
        place,
        value,
        measured_date
    from {{ ref('readings') }}
    where is_usable and measurement in ('systolic', 'diastolic')
),

windows as (
    select
        customer_id,
        window_number,
        window_start,
        window_end
    from {{ ref('int_patient_windows') }}
),

means as (
    select
        windows.customer_id,
        windows.window_number,
        windows.window_end,
        readings.place,
        readings.measurement,
        count(*) as reading_count,
        count(distinct readings.measured_date) as day_count,
        cast(sum(readings.value) as double) / count(*) as mean_value
    from readings
    inner join windows
        on
            readings.customer_id = windows.customer_id
            and readings.measured_date >= windows.window_start
            and readings.measured_date <= windows.window_end
    group by
        windows.customer_id,
        windows.window_number,
        windows.window_end,
        readings.place,
        readings.measurement
),

rules as (
    select * from {{ ref('int_care_rules') }}
    where rule = 'blood_pressure'
),

-- Bounds are half-open; the worse of systolic and diastolic counts.
staged as (
    select
        means.*,
        rules.level,
        rules.severity
    from means
    left join rules
        on
            means.measurement = rules.measurement
            and rules.place in ('any', means.place)
            and means.window_end >= rules.valid_from
            and means.window_end < rules.valid_to
            and means.mean_value >= coalesce(rules.low, means.mean_value)
            and (rules.high is null or means.mean_value < rules.high)
),

places as (
    select
        customer_id,
        window_number,
        place as blood_pressure_place,
        max(case when measurement = 'systolic' then mean_value end) as systolic_mmhg,
        max(case when measurement = 'diastolic' then mean_value end) as diastolic_mmhg,
        cast(sum(case when measurement = 'systolic' then reading_count end) as bigint)
            as blood_pressure_reading_count,
        max(case when measurement = 'systolic' then day_count end)
            as blood_pressure_day_count,
        -- Both are needed.
        case
            when
                count(distinct measurement) = 2
                and min(day_count) >= {{ var('min_blood_pressures') }}
                then max_by(level, severity)
        end as blood_pressure_stage
    from staged
    group by customer_id, window_number, place
),

-- Of two places the one that is enough for a stage; of two such the patient's home.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, window_number
            order by
                blood_pressure_stage is null,
                blood_pressure_place <> 'home',
                blood_pressure_place
        ) as place_rank
    from places
)

select * from ranked
where place_rank = 1
