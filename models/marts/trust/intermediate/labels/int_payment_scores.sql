with predictions as (
    select
        prediction_id,
        model_name,
        model_version,
        entity_id as payment_id,
        features,
        score,
        is_flagged
    from {{ ref('predictions') }}
    where
        use_status = 'used'
        and entity_type = 'payment'
        {{ "and model_name in ('" ~ var('fraud_models') | join("', '") ~ "')"
            if var('fraud_models') }}
),

models as (
    select
        model_name,
        count(*) as scored_payments
    from predictions
    group by model_name
),

ranked as (
    select
        predictions.*,
        row_number() over (
            partition by predictions.payment_id
            order by
                models.scored_payments desc,
                predictions.model_name asc,
                predictions.prediction_id asc
        ) as place
    from predictions
    inner join models on predictions.model_name = models.model_name
),

scores as (
    select
        ranked.payment_id,
        ranked.prediction_id,
        ranked.model_name,
        ranked.model_version,
        ranked.score,
        ranked.is_flagged,
        case
            when names.feature_names is not null
                then not {{ has_json_values('ranked.features', 'names.feature_names') }}
        end as has_missing_feature
    from ranked
    left join {{ ref('int_feature_names') }} as names
        on
            ranked.model_name = names.model_name
            and ranked.model_version = names.model_version
    where ranked.place = 1
)

select * from scores
