-- One row per patient who needs a look on as_of and rule that says so.
with patients as (
    select * from {{ ref('int_current_patients') }}
),

rules as (
    select
        care_rules.rule,
        care_rules.severity,
        care_rules.measurement,
        care_rules.low
    from {{ ref('care_rules') }} as care_rules
    cross join {{ as_of() }} as as_of
    where
        as_of.as_of_date >= care_rules.valid_from
        and as_of.as_of_date
        < coalesce(care_rules.valid_to, cast('9999-12-31' as date))
),

sentences as (
    select
        rule,
        measurement,
        sentence,
        sentence_ko
    from {{ ref('alert_sentences') }}
),

patient_days as (
    select
        patients.customer_id,
        days.systolic_mmhg,
        days.diastolic_mmhg,
        days.weight_gain_kg,
        days.measured_date
    from {{ ref('patient_days') }} as days
    inner join patients
        on
            days.customer_id = patients.customer_id
            and days.measured_date
            > {{ dbt.dateadd('day', -7, 'patients.as_of_date') }}
),

readings as (
    select
        patients.customer_id,
        count(*) as wrong_readings,
        max(readings.measured_date) as last_date
    from {{ ref('readings') }} as readings
    inner join patients
        on
            readings.customer_id = patients.customer_id
            and readings.measured_date
            > {{ dbt.dateadd('day', -7, 'patients.as_of_date') }}
    where
        readings.is_implausible or readings.is_unknown_unit or readings.is_clock_ahead
    group by patients.customer_id
),

found as (
    select
        patients.customer_id,
        'silence' as rule,
        'any' as measurement,
        cast(
            {{ dbt.datediff(
                'patients.last_usable_date', 'patients.as_of_date', 'day'
            ) }} as double
        ) as value,
        patients.usual_pause_days * longer.low as own_bound,
        patients.last_usable_date as since_date
    from patients
    left join rules as longer
        on longer.rule = 'silence_factor'
    where patients.last_usable_date is not null
    union all
    select
        patient_days.customer_id,
        'weight_gain' as rule,
        'weight' as measurement,
        max(patient_days.weight_gain_kg) as value,
        null as own_bound,
        max_by(patient_days.measured_date, patient_days.weight_gain_kg) as since_date
    from patient_days
    inner join patients
        on
            patient_days.customer_id = patients.customer_id
            and patient_days.measured_date
            > {{ dbt.dateadd('day', -3, 'patients.as_of_date') }}
    where patient_days.weight_gain_kg is not null
    group by patient_days.customer_id
    union all
    {%- for measurement in ['systolic', 'diastolic'] %}
    select
        customer_id,
        'blood_pressure' as rule,
        '{{ measurement }}' as measurement,
        avg(cast({{ measurement }}_mmhg as decimal(9, 4))) as value,
        null as own_bound,
        min(measured_date) as since_date
    from patient_days
    where {{ measurement }}_mmhg is not null
    group by customer_id
    having count(*) >= 2
    union all
    {%- endfor %}
    select
        customer_id,
        'device' as rule,
        'any' as measurement,
        cast(wrong_readings as double) as value,
        null as own_bound,
        last_date as since_date
    from readings
),

-- The bound of blood pressure is that of the highest stage.
bounds as (
    select
        rule,
        measurement,
        max(severity) as severity,
        max_by(low, severity) as bound
    from rules
    where rule in ('silence', 'weight_gain', 'blood_pressure')
    group by rule, measurement
    union all
    select
        'device' as rule,
        'any' as measurement,
        1 as severity,
        1 as bound
),

-- Silence is what is long for a week and for the patient.
bounded as (
    select
        found.customer_id,
        found.rule,
        found.measurement,
        bounds.severity,
        found.value,
        greatest(bounds.bound, coalesce(found.own_bound, bounds.bound)) as bound,
        found.since_date
    from found
    inner join bounds
        on
            found.rule = bounds.rule
            and found.measurement = bounds.measurement
),

-- Of systolic and diastolic the one that is further beyond its bound.
fired as (
    select
        *,
        row_number() over (
            partition by customer_id, rule
            order by value / nullif(bound, 0) desc, measurement desc
        ) as place
    from bounded
    where
        (rule = 'weight_gain' and value > bound)
        or (rule <> 'weight_gain' and value >= bound)
)

select
    fired.customer_id,
    fired.rule,
    {{ alert_in_words('sentences.sentence') }} as reason,
    {{ alert_in_words('sentences.sentence_ko') }} as reason_ko,
    cast(fired.severity as integer) as severity,
    fired.value,
    cast(fired.bound as double) as bound,
    fired.since_date
from fired
left join sentences
    on
        fired.rule = sentences.rule
        and fired.measurement = sentences.measurement
where fired.place = 1
