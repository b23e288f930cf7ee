{%- set days = var('diagnosis_look_back_days') -%}

with diagnoses as (
    select * from {{ ref('int_followed_diagnoses') }}
),

patient_days as (
    select
        customer_id,
        cast(weight_kg as decimal(18, 4)) as weight_kg,
        measured_date
    from {{ ref('patient_days') }}
    where usable_reading_count > 0
),

measured as (
    select
        diagnoses.diagnosis_id,
        {{ dbt.datediff(
            'patient_days.measured_date', 'diagnoses.diagnosed_date', 'day'
        ) }} as days_before,
        patient_days.weight_kg
    from diagnoses
    inner join patient_days
        on
            diagnoses.customer_id = patient_days.customer_id
            and diagnoses.diagnosed_date > patient_days.measured_date
            and diagnoses.diagnosed_date
            <= {{ dbt.dateadd('day', '2 * ' ~ days, 'patient_days.measured_date') }}
),

usual as (
    select
        diagnosis_id,
        count(*) as usual_days,
        cast(sum(weight_kg) as double) / nullif(count(weight_kg), 0) as usual_weight_kg
    from measured
    where days_before > {{ days }}
    group by diagnosis_id
),

compared as (
    select
        diagnoses.brand,
        numbers.number as days_before,
        case when measured.diagnosis_id is not null then 1 else 0 end as has_measured,
        coalesce(usual.usual_days, 0) as usual_days,
        measured.weight_kg - usual.usual_weight_kg as weight_gain_kg
    from diagnoses
    inner join {{ numbers_of(ref('dates')) }} as numbers
        on numbers.number <= {{ days }}
    left join measured
        on
            diagnoses.diagnosis_id = measured.diagnosis_id
            and numbers.number = measured.days_before
    left join usual
        on diagnoses.diagnosis_id = usual.diagnosis_id
),

summed as (
    select
        brand,
        cast(days_before as integer) as days_before,
        count(*) as n_mature,
        cast(sum(has_measured) as bigint) as measured_count,
        cast(sum(usual_days) as double) / {{ days }} as usual_count,
        cast(sum(usual_days * usual_days) as double) / ({{ days }} * {{ days }})
            as usual_squares,
        cast(sum(has_measured * usual_days) as double) / {{ days }}
            as usual_of_measured,
        count(weight_gain_kg) as n_weighed,
        {{ steady_sum('weight_gain_kg') }} as gain_kg,
        {{ steady_sum('weight_gain_kg * weight_gain_kg') }} as squared_gain
    from compared
    group by brand, days_before
),

-- The share that would have measured and did not is one less the ratio to what is usual.
-- A half more keeps none and all from claiming to be certain.
estimated as (
    select
        *,
        1 - measured_count / nullif(usual_count, 0) as silent_share,
        sqrt(
            measured_count
            - 2 * measured_count / nullif(usual_count, 0) * usual_of_measured
            + power(measured_count / nullif(usual_count, 0), 2) * usual_squares
            + 0.25
        ) / nullif(usual_count, 0) as silent_error,
        gain_kg / nullif(n_weighed, 0) as weight_gain_kg,
        sqrt(
            greatest(0, squared_gain - gain_kg * gain_kg / nullif(n_weighed, 0))
            / nullif(n_weighed - 1, 0)
            / nullif(n_weighed, 0)
        ) as weight_gain_error
    from summed
),

with_intervals as (
    select
        brand,
        days_before,
        n_mature,
        measured_count,
        1.0 * measured_count / n_mature as measured_share,
        {{ wilson_low('measured_count', 'n_mature') }} as measured_share_low,
        {{ wilson_high('measured_count', 'n_mature') }} as measured_share_high,
        usual_count / n_mature as usual_share,
        silent_share,
        {{ normal_low('silent_share', 'silent_error') }} as silent_share_low,
        {{ normal_high('silent_share', 'silent_error') }} as silent_share_high,
        n_weighed,
        weight_gain_kg,
        {{ normal_low('weight_gain_kg', 'weight_gain_error') }} as weight_gain_low_kg,
        {{ normal_high('weight_gain_kg', 'weight_gain_error') }} as weight_gain_high_kg,
        false as is_final
    from estimated
)

select * from with_intervals
