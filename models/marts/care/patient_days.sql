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
        {%- for sign in ['weight', 'glucose', 'systolic', 'diastolic', 'heart_rate'] %}
        cast(sum(case when measurement = '{{ sign }}' then value end) as double)
            as {{ sign }}_total,
        count(case when measurement = '{{ sign }}' then 1 end)
            as {{ sign }}_count,
        {%- endfor %}
        count(case when measurement = 'glucose' and is_in_range then 1 end)
            as glucose_in_range_count,
        count(case when context = 'continuous' then 1 end) as continuous_glucose_count,
        count(case when context = 'continuous' and is_in_range then 1 end)
            as continuous_glucose_in_range_count,
        measured_date
    from ranged
    group by customer_id, measured_date
),

means as (
    select
        *,
        weight_total / nullif(weight_count, 0) as weight_kg,
        glucose_total / nullif(glucose_count, 0) as glucose_mg_dl,
        systolic_total / nullif(systolic_count, 0) as systolic_mmhg,
        diastolic_total / nullif(diastolic_count, 0) as diastolic_mmhg,
        heart_rate_total / nullif(heart_rate_count, 0) as heart_rate_bpm
    from days
),

patient_days as (
    select
        customer_id,
        reading_count,
        usable_reading_count,
        weight_kg,
        glucose_mg_dl,
        systolic_mmhg,
        diastolic_mmhg,
        heart_rate_bpm,
        -- What is gained since the lightest of the three days before.
        weight_kg - min(weight_kg) over (
            partition by customer_id order by measured_date
            range between interval 3 days preceding and interval 1 day preceding
        ) as weight_gain_kg,
        weight_count,
        glucose_count,
        systolic_count,
        diastolic_count,
        glucose_in_range_count,
        continuous_glucose_count,
        continuous_glucose_in_range_count,
        measured_date
    from means
)

select * from patient_days
