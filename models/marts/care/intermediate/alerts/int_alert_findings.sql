with as_of as (
    select as_of_date from {{ as_of() }}
),

patients as (
    select
        customer_id,
        last_usable_date
    from {{ ref('int_measured_patients') }}
    where is_current
),

rules as (
    select
        rule,
        measurement,
        after_date
    from {{ ref('int_alert_rules') }}
),

patient_days as (
    select days.*
    from {{ ref('patient_days') }} as days
    inner join patients
        on days.customer_id = patients.customer_id
),

silences as (
    select
        patients.customer_id,
        'silence' as rule,
        'any' as measurement,
        cast({{ dbt.datediff(
            'patients.last_usable_date', 'as_of.as_of_date', 'day'
        ) }} as double) as value,
        patients.last_usable_date as since_date
    from patients
    cross join as_of
    where patients.last_usable_date is not null
),

weight_gains as (
    select
        patient_days.customer_id,
        rules.rule,
        rules.measurement,
        max(patient_days.weight_gain_kg) as value,
        max_by(patient_days.measured_date, patient_days.weight_gain_kg) as since_date
    from patient_days
    inner join rules
        on
            rules.rule = 'weight_gain'
            and patient_days.measured_date > rules.after_date
    where patient_days.weight_gain_kg is not null
    group by patient_days.customer_id, rules.rule, rules.measurement
),

pressure_days as (
    select
        patient_days.customer_id,
        rules.rule,
        rules.measurement,
        patient_days.measured_date,
        case
            when rules.measurement = 'systolic' then patient_days.systolic_mmhg
            when rules.measurement = 'diastolic' then patient_days.diastolic_mmhg
        end as mmhg
    from patient_days
    inner join rules
        on
            rules.rule = 'blood_pressure'
            and patient_days.measured_date > rules.after_date
),

blood_pressures as (
    select
        customer_id,
        rule,
        measurement,
        avg(cast(mmhg as decimal(9, 4))) as value,
        min(measured_date) as since_date
    from pressure_days
    where mmhg is not null
    group by customer_id, rule, measurement
    having count(*) >= {{ var('min_blood_pressures') }}
),

device_faults as (
    select
        patients.customer_id,
        rules.rule,
        rules.measurement,
        cast(count(*) as double) as value,
        max(readings.measured_date) as since_date
    from {{ ref('readings') }} as readings
    inner join patients
        on readings.customer_id = patients.customer_id
    inner join rules
        on
            rules.rule = 'device'
            and readings.measured_date > rules.after_date
    where
        readings.is_implausible or readings.is_unknown_unit or readings.is_clock_ahead
    group by patients.customer_id, rules.rule, rules.measurement
),

findings as (
    select * from silences
    union all
    select * from weight_gains
    union all
    select * from blood_pressures
    union all
    select * from device_faults
)

select * from findings
