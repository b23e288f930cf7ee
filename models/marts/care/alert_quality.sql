{%- set days = var('alert_outcome_days') -%}

with alerts as (
    select * from {{ ref('patient_alert_history') }}
),

windows as (
    select
        customer_id,
        brand,
        days_so_far
    from {{ ref('monitoring_windows') }}
),

diagnoses as (
    select
        customer_id,
        {{ reporting_date('diagnosed_at') }} as diagnosed_date
    from {{ ref('stg_devices__diagnoses') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

patient_days as (
    select
        brand,
        sum(days_so_far) as patient_days
    from windows
    group by brand
),

diagnosed as (
    select
        coalesce(customers.brand, 'unknown') as brand,
        count(*) as diagnosis_count
    from diagnoses
    left join customers
        on diagnoses.customer_id = customers.customer_id
    group by coalesce(customers.brand, 'unknown')
),

followed as (
    select
        alerts.customer_id,
        alerts.brand,
        alerts.rule,
        alerts.alert_days,
        {{ dbt.dateadd('day', days + var('diagnosis_delay_days'), 'alerts.started_date') }}
        <= as_of.as_of_date as is_mature,
        count(diagnoses.customer_id) > 0 as is_followed
    from alerts
    cross join as_of
    left join diagnoses
        on
            alerts.customer_id = diagnoses.customer_id
            and diagnoses.diagnosed_date >= alerts.started_date
            and diagnoses.diagnosed_date
            <= {{ dbt.dateadd('day', days, 'alerts.started_date') }}
    group by
        alerts.customer_id,
        alerts.brand,
        alerts.rule,
        alerts.measurement,
        alerts.alert_days,
        alerts.started_date,
        as_of.as_of_date
),

summed as (
    select
        brand,
        coalesce(rule, 'all') as rule,
        count(*) as alert_count,
        cast(sum(alert_days) as bigint) as alert_days,
        count(case when is_mature then 1 end) as n_mature,
        count(case when is_mature and is_followed then 1 end) as followed_count
    from followed
    group by brand, rollup(rule)
),

rated as (
    select
        summed.*,
        cast(patient_days.patient_days as bigint) as patient_days,
        coalesce(diagnosed.diagnosis_count, 0) as diagnosis_count,
        summed.n_mature >= {{ var('min_alerts_for_share') }}
        and coalesce(diagnosed.diagnosis_count, 0) > 0 as is_enough
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
        case when is_enough then 'sufficient' else 'insufficient' end as evidence,
        patient_days,
        alert_count,
        alert_days,
        100.0 * alert_count / nullif(patient_days, 0) as alerts_per_100_patient_days,
        cast(null as bigint) as acknowledged_count,
        n_mature,
        followed_count,
        case when is_enough then 1.0 * followed_count / n_mature end as followed_share,
        case when is_enough then {{ wilson_low('followed_count', 'n_mature') }} end
            as followed_share_low,
        case when is_enough then {{ wilson_high('followed_count', 'n_mature') }} end
            as followed_share_high,
        least(1.0, 1.0 * {{ days }} * diagnosis_count / nullif(patient_days, 0))
            as usual_share,
        false as is_final
    from rated
)

select * from quality
