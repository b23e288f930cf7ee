with predictions as (
    select
        prediction_id,
        model_name,
        model_version,
        entity_type,
        entity_id,
        score,
        is_flagged,
        {{ reporting_date('predicted_at') }} as scored_date
    from {{ ref('predictions') }}
    where use_status = 'used'
),

payments as (
    select
        payment_id,
        label,
        label_weight,
        is_mature,
        amount,
        attempted_date,
        {{ reporting_date('label_known_at') }} as known_date
    from {{ ref('payment_labels') }}
),

diagnosis_models as (
    select model_name
    from {{ ref('model_outcomes') }}
    where outcome = 'diagnosis'
),

diagnoses as (
    {% if 'care' in var('areas') -%}
    select
        customer_id,
        has_diagnosis,
        is_final,
        feature_date,
        {{ reporting_date('known_at') }} as known_date
    from {{ ref('patient_risk_labels') }}
    {%- else -%}
    select
        cast(null as varchar) as customer_id,
        false as has_diagnosis,
        false as is_final,
        cast(null as date) as feature_date,
        cast(null as date) as known_date
    where false
    {%- endif %}
),

-- What is stopped has no weight: it can never show what it was.
outcomes as (
    select
        predictions.prediction_id,
        predictions.model_name,
        predictions.model_version,
        predictions.score,
        predictions.is_flagged,
        case
            when payments.label_weight is null then null
            when payments.label = 'confirmed' then true
            when payments.label = 'clean' then false
        end as is_positive,
        payments.is_mature,
        true as has_labels,
        payments.amount,
        payments.label_weight as weight,
        {{ var('fraud_maturity_days') }} as maturity_days,
        payments.attempted_date as scored_date,
        payments.known_date
    from predictions
    inner join payments on predictions.entity_id = payments.payment_id
    where predictions.entity_type = 'payment'
    union all
    select
        predictions.prediction_id,
        predictions.model_name,
        predictions.model_version,
        predictions.score,
        predictions.is_flagged,
        case
            when diagnoses.has_diagnosis or diagnoses.is_final
                then diagnoses.has_diagnosis
        end as is_positive,
        coalesce(diagnoses.is_final, false) as is_mature,
        diagnosis_models.model_name is not null as has_labels,
        null as amount,
        case when diagnoses.customer_id is not null then 1 end as weight,
        {{ var('diagnosis_horizon_days') }} + {{ var('diagnosis_delay_days') }}
            as maturity_days,
        predictions.scored_date,
        diagnoses.known_date
    from predictions
    left join diagnosis_models
        on predictions.model_name = diagnosis_models.model_name
    left join diagnoses
        on
            diagnosis_models.model_name is not null
            and predictions.entity_id = diagnoses.customer_id
            and predictions.scored_date = diagnoses.feature_date
    where predictions.entity_type <> 'payment'
)

select * from outcomes
