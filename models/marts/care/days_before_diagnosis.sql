-- One row per brand and day before a diagnosis, 1 to 30: how many of the patients measured, and what they weighed, against the
-- same patients 31 to 60 days before it.
with diagnoses as (
    select * from {{ ref('int_followed_diagnoses') }}
),

measured as (
    select
        diagnoses.diagnosis_id,
        {{ dbt.datediff(
            'patient_days.measured_date', 'diagnoses.diagnosed_date', 'day'
        ) }} as days_before,
        cast(patient_days.weight_kg as decimal(18, 4)) as weight_kg
    from diagnoses
    inner join {{ ref('patient_days') }} as patient_days
        on
            diagnoses.customer_id = patient_days.customer_id
            and diagnoses.diagnosed_date > patient_days.measured_date
            and diagnoses.diagnosed_date
            <= {{ dbt.dateadd('day', 60, 'patient_days.measured_date') }}
            and patient_days.usable_reading_count > 0
),

usual as (
    select
        diagnosis_id,
        count(*) as usual_days,
        cast(sum(weight_kg) as double) / nullif(count(weight_kg), 0)
            as usual_weight_kg
    from measured
    where days_before > 30
    group by diagnosis_id
),

days_before as (
    select days_before
    from (
        select row_number() over (order by date_day) as days_before
        from {{ ref('dates') }}
    ) as numbered
    where days_before <= 30
),

compared as (
    select
        diagnoses.brand,
        days_before.days_before,
        case when measured.diagnosis_id is not null then 1 else 0 end as has_measured,
        coalesce(usual.usual_days, 0) as usual_days,
        measured.weight_kg - usual.usual_weight_kg as weight_gain_kg
    from diagnoses
    cross join days_before
    left join measured
        on
            diagnoses.diagnosis_id = measured.diagnosis_id
            and days_before.days_before = measured.days_before
    left join usual
        on diagnoses.diagnosis_id = usual.diagnosis_id
),

summed as (
    select
        brand,
        days_before,
        count(*) as n_mature,
        sum(has_measured) as measured_count,
        cast(sum(usual_days) as double) / 30 as usual_count,
        cast(sum(usual_days * usual_days) as double) / 900 as usual_squares,
        cast(sum(has_measured * usual_days) as double) / 30 as usual_of_measured,
        count(weight_gain_kg) as n_weighed,
        {{ steady_sum('weight_gain_kg') }} as gain_kg,
        {{ steady_sum('weight_gain_kg * weight_gain_kg') }} as squared_gain
    from compared
    group by brand, days_before
),

-- The share that would have measured and did not is one less the ratio to what is usual. A half more keeps none and all from
-- claiming to be certain.
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
        case
            when n_weighed > 1
                then
                    sqrt(
                        greatest(0, squared_gain - gain_kg * gain_kg / n_weighed)
                        / (n_weighed - 1)
                        / n_weighed
                    )
        end as weight_gain_error
    from summed
)

select
    brand,
    cast(days_before as integer) as days_before,
    n_mature,
    cast(measured_count as bigint) as measured_count,
    1.0 * measured_count / n_mature as measured_share,
    {{ wilson_low('measured_count', 'n_mature') }} as measured_share_low,
    {{ wilson_high('measured_count', 'n_mature') }} as measured_share_high,
    usual_count / n_mature as usual_share,
    silent_share,
    silent_share - {{ z_95() }} * silent_error as silent_share_low,
    silent_share + {{ z_95() }} * silent_error as silent_share_high,
    n_weighed,
    weight_gain_kg,
    weight_gain_kg - {{ z_95() }} * weight_gain_error as weight_gain_low_kg,
    weight_gain_kg + {{ z_95() }} * weight_gain_error as weight_gain_high_kg,
    false as is_final
from estimated
