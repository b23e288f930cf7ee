{%- set days_until_final =
    var('diagnosis_horizon_days') ~ ' + ' ~ var('diagnosis_delay_days') -%}

with features as (
    select
        customer_id,
        age_band,
        feature_date,
        feature_at,
        {{ dbt.dateadd('day', days_until_final, 'feature_date') }} as final_date,
        {{ dbt.dateadd('day', days_until_final, 'feature_at') }} as final_at
    from {{ ref('patient_risk_features') }}
),

diagnoses as (
    select
        customer_id,
        condition,
        diagnosed_at,
        recorded_at
    from {{ ref('stg_devices__diagnoses') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- Where no diagnoses are reported, nobody was found healthy.
sources as (
    select count(*) > 0 as has_diagnoses from diagnoses
),

first_diagnoses as (
    select
        features.customer_id,
        features.feature_date,
        min_by(diagnoses.condition, (diagnoses.diagnosed_at, diagnoses.condition))
            as condition,
        min(diagnoses.diagnosed_at) as diagnosed_at,
        max(diagnoses.recorded_at) as known_at
    from features
    inner join diagnoses
        on
            features.customer_id = diagnoses.customer_id
            and features.feature_at <= diagnoses.diagnosed_at
            and diagnoses.diagnosed_at
            < {{ dbt.dateadd(
                'day', var('diagnosis_horizon_days'), 'features.feature_at'
            ) }}
            -- What is recorded once the label is final came too late for it.
            and features.final_at > diagnoses.recorded_at
    group by features.customer_id, features.feature_date
),

labelled as (
    select
        features.customer_id,
        features.age_band,
        first_diagnoses.condition,
        first_diagnoses.customer_id is not null as has_diagnosis,
        features.final_date <= as_of.as_of_date
        and sources.has_diagnoses as is_final,
        features.feature_date,
        first_diagnoses.diagnosed_at,
        first_diagnoses.known_at
    from features
    cross join as_of
    cross join sources
    left join first_diagnoses
        on
            features.customer_id = first_diagnoses.customer_id
            and features.feature_date = first_diagnoses.feature_date
)

select * from labelled
