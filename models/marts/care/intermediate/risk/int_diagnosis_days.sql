{%- set days = var('diagnosis_look_back_days') -%}

with subjects as (
    select * from {{ ref('int_diagnosis_subjects') }}
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
        subjects.diagnosis_id,
        subjects.customer_id,
        {{ dbt.datediff(
            'patient_days.measured_date', 'subjects.diagnosed_date', 'day'
        ) }} as days_before,
        patient_days.weight_kg
    from patient_days
    inner join subjects
        on
            patient_days.customer_id = subjects.customer_id
            and patient_days.measured_date < subjects.diagnosed_date
            and patient_days.measured_date
            >= {{ dbt.dateadd('day', '-2 * ' ~ days, 'subjects.diagnosed_date') }}
),

usual as (
    select
        diagnosis_id,
        customer_id,
        1.0 * count(*) / {{ days }} as usual_share,
        cast(sum(weight_kg) as double) / nullif(count(weight_kg), 0) as usual_weight_kg
    from measured
    where days_before > {{ days }}
    group by diagnosis_id, customer_id
),

compared as (
    select
        subjects.diagnosis_id,
        subjects.brand,
        subjects.is_case,
        numbers.number as days_before,
        case when measured.customer_id is not null then 1 else 0 end as has_measured,
        coalesce(usual.usual_share, 0) as usual_share,
        measured.weight_kg - usual.usual_weight_kg as weight_gain_kg
    from subjects
    inner join {{ numbers_of(ref('dates')) }} as numbers
        on numbers.number <= {{ days }}
    left join measured
        on
            subjects.diagnosis_id = measured.diagnosis_id
            and subjects.customer_id = measured.customer_id
            and numbers.number = measured.days_before
    left join usual
        on
            subjects.diagnosis_id = usual.diagnosis_id
            and subjects.customer_id = usual.customer_id
),

-- The patients that a diagnosis is compared with weigh together as much as its own.
diagnosis_days as (
    select
        diagnosis_id,
        brand,
        is_case,
        cast(days_before as integer) as days_before,
        count(*) as patients,
        1.0 * sum(has_measured) / count(*) as measured_share,
        {{ steady_sum('usual_share') }} / count(*) as usual_share,
        {{ steady_sum('weight_gain_kg') }} / nullif(count(weight_gain_kg), 0)
            as weight_gain_kg
    from compared
    group by diagnosis_id, brand, is_case, days_before
)

select * from diagnosis_days
