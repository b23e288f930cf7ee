{%- set days = var('alert_outcome_days') -%}

with alerts as (
    select * from {{ ref('patient_alert_history') }}
),

diagnoses as (
    select
        diagnoses.customer_id,
        coalesce(customers.brand, 'unknown') as brand,
        {{ reporting_date('diagnoses.diagnosed_at') }} as diagnosed_date
    from {{ ref('stg_devices__diagnoses') }} as diagnoses
    left join {{ ref('customers') }} as customers
        on diagnoses.customer_id = customers.customer_id
),

patient_days as (
    select
        brand,
        cast(sum(days_so_far) as bigint) as patient_days
    from {{ ref('monitoring_windows') }}
    group by brand
),

diagnosed as (
    select
        brand,
        count(*) as diagnosis_count
    from diagnoses
    group by brand
),

followed as (
    select distinct
        alerts.customer_id,
        alerts.rule,
        alerts.measurement,
        alerts.started_date
    from alerts
    inner join diagnoses
        on
            alerts.customer_id = diagnoses.customer_id
            and alerts.started_date <= diagnoses.diagnosed_date
            and {{ dbt.dateadd('day', days, 'alerts.started_date') }}
            >= diagnoses.diagnosed_date
),

judged as (
    select
        alerts.brand,
        alerts.rule,
        alerts.alert_days,
        {{ dbt.dateadd(
            'day', days ~ ' + ' ~ var('diagnosis_delay_days'), 'alerts.started_date'
        ) }} <= as_of.as_of_date as is_mature,
        followed.customer_id is not null as is_followed
    from alerts
    cross join {{ as_of() }} as as_of
    left join followed
        on
            alerts.customer_id = followed.customer_id
            and alerts.rule = followed.rule
            and alerts.measurement = followed.measurement
            and alerts.started_date = followed.started_date
),

summed as (
    select
        brand,
        coalesce(rule, 'all') as rule,
        count(*) as alert_count,
        cast(sum(alert_days) as bigint) as alert_days,
        count(case when is_mature then 1 end) as n_mature,
        count(case when is_mature and is_followed then 1 end) as followed_count
    from judged
    group by brand, rollup(rule)
),

-- What there is too little of is asked for without a count, and so has no share.
rated as (
    select
        summed.*,
        patient_days.patient_days,
        {{ days }} * coalesce(diagnosed.diagnosis_count, 0) * 1.0
        / nullif(patient_days.patient_days, 0) as usual_share,
        case
            when
                summed.n_mature >= {{ var('min_alerts_for_share') }}
                and diagnosed.diagnosis_count > 0
                then summed.n_mature
        end as n
    from summed
    left join patient_days
        on summed.brand = patient_days.brand
    left join diagnosed
        on summed.brand = diagnosed.brand
),

quality as (
    select
        brand,
        rule,
        case when n is null then 'insufficient' else 'sufficient' end as evidence,
        patient_days,
        alert_count,
        alert_days,
        100.0 * alert_count / nullif(patient_days, 0) as alerts_per_100_patient_days,
        cast(null as bigint) as acknowledged_count,
        n_mature,
        followed_count,
        1.0 * followed_count / n as followed_share,
        {{ wilson_low('followed_count', 'n') }} as followed_share_low,
        {{ wilson_high('followed_count', 'n') }} as followed_share_high,
        usual_share,
        false as is_final
    from rated
)

select * from quality
