{%- set numbers = {
    'value':
        "rtrim(rtrim(cast(cast(fired.value as decimal(9, 1)) as varchar), '0'), '.')",
    'date': 'cast(fired.since_date as varchar)',
} -%}

with findings as (
    select * from {{ ref('int_alert_findings') }}
),

patients as (
    select
        customer_id,
        usual_pause_days
    from {{ ref('int_measured_patients') }}
),

rules as (
    select
        rule,
        measurement,
        severity,
        bound
    from {{ ref('int_alert_rules') }}
),

sentences as (
    select
        rule,
        measurement,
        sentence,
        sentence_ko
    from {{ ref('alert_sentences') }}
),

-- Silence is what is long for a week and for the patient.
bounded as (
    select
        findings.*,
        rules.severity,
        greatest(
            rules.bound,
            coalesce(patients.usual_pause_days * longer.bound, rules.bound)
        ) as bound
    from findings
    inner join rules
        on
            findings.rule = rules.rule
            and findings.measurement = rules.measurement
    inner join patients
        on findings.customer_id = patients.customer_id
    left join rules as longer
        on
            findings.rule = 'silence'
            and longer.rule = 'silence_factor'
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
),

worded as (
    select
        fired.customer_id,
        fired.rule,
        {{ with_numbers('sentences.sentence', numbers) }} as reason,
        {{ with_numbers('sentences.sentence_ko', numbers) }} as reason_ko,
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
)

select * from worded
