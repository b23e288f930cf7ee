{%- set plain = "rtrim(rtrim(cast(cast({} as decimal(9, 1)) as varchar), '0'), '.')" -%}
{%- set numbers = {
    'value': plain.format('alerts.value'),
    'bound': plain.format('alerts.bound'),
    'date': 'cast(alerts.since_date as varchar)',
} -%}

with alerts as (
    select * from {{ ref('patient_alert_history') }}
    where is_open
),

sentences as (
    select
        rule,
        measurement,
        sentence,
        sentence_ko
    from {{ ref('alert_sentences') }}
),

worded as (
    select
        alerts.customer_id,
        alerts.rule,
        alerts.measurement,
        coalesce(
            {{ with_numbers('sentences.sentence', numbers) }},
            alerts.rule || ': ' || {{ numbers.value }}
        ) as reason,
        coalesce(
            {{ with_numbers('sentences.sentence_ko', numbers) }},
            alerts.rule || ': ' || {{ numbers.value }}
        ) as reason_ko,
        alerts.severity,
        alerts.value,
        alerts.bound,
        alerts.since_date,
        alerts.started_date
    from alerts
    left join sentences
        on
            alerts.rule = sentences.rule
            and alerts.measurement = sentences.measurement
)

select * from worded
