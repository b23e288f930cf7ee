with readings as (
    select
        customer_id,
        measured_date,
        case when is_usable then measurement end as measurement,
        case when is_usable then context end as context,
        value,
        is_usable
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

ranged as (
    select
        readings.*,
        readings.measurement = 'glucose' as is_glucose,
        readings.context = 'continuous' as is_continuous,
        readings.value between glucose_ranges.low and glucose_ranges.high as is_in_range
    from readings
    left join glucose_ranges
        on
            readings.measured_date >= glucose_ranges.valid_from
            and readings.measured_date < glucose_ranges.valid_to
),

days as (
    select
        customer_id,
        count(*) as reading_count,
        count(case when is_usable then 1 end) as usable_reading_count,
        {%- for measurement in ['weight', 'glucose', 'systolic', 'diastolic', 'heart_rate'] %}
        cast(sum(case when measurement = '{{ measurement }}' then value end) as double)
            as {{ measurement }}_total,
        count(case when measurement = '{{ measurement }}' then 1 end)
            as {{ measurement }}_count,
        {%- endfor %}
        count(case when is_glucose and is_in_range then 1 end)
            as glucose_in_range_count,
        count(case when is_continuous then 1 end) as continuous_glucose_count,
        count(case when is_continuous and is_in_range then 1 end)
            as continuous_glucose_in_range_count,
        measured_date
    from ranged
    group by customer_id, measured_date
),

-- What is gained since the lightest of the three days before.
gains as (
    select
        later.customer_id,
        later.measured_date,
        max(
            later.weight_total / later.weight_count
            - earlier.weight_total / earlier.weight_count
        ) as weight_gain_kg
    from days as later
    inner join days as earlier
        on
            later.customer_id = earlier.customer_id
            and later.measured_date > earlier.measured_date
            and earlier.measured_date
            >= {{ dbt.dateadd('day', -3, 'later.measured_date') }}
    where later.weight_count > 0 and earlier.weight_count > 0
    group by later.customer_id, later.measured_date
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
        gains.weight_gain_kg,
        days.weight_count,
        days.glucose_count,
        days.systolic_count,
        days.diastolic_count,
        days.glucose_in_range_count,
        days.continuous_glucose_count,
        days.continuous_glucose_in_range_count,
        days.measured_date
    from days
    left join gains
        on
            days.customer_id = gains.customer_id
            and days.measured_date = gains.measured_date
)

select * from patient_days
