with models as (
    select
        model_name,
        model_version,
        owner,
        threshold,
        train_from,
        train_to,
        trained_at,
        deployed_at
    from {{ ref('stg_ml__models') }}
),

predictions as (
    select
        model_name,
        model_version,
        entity_type,
        item_id,
        use_status,
        predicted_at
    from {{ ref('predictions') }}
),

features as (
    select * from {{ ref('int_model_features') }}
),

logged as (
    select
        model_name,
        model_version,
        count(*) as prediction_count,
        count(case when use_status = 'used' then 1 end) as used_prediction_count,
        count(item_id) > 0 as recommends_items,
        min(predicted_at) as first_predicted_at,
        max(predicted_at) as last_predicted_at
    from predictions
    group by model_name, model_version
),

entity_counts as (
    select
        model_name,
        entity_type,
        count(*) as prediction_count
    from predictions
    group by model_name, entity_type
),

-- A model scores one kind of thing; where its predictions name several, most decide.
entity_types as (
    select
        model_name,
        max_by(entity_type, (prediction_count, entity_type)) as entity_type
    from entity_counts
    group by model_name
),

-- What was predicted in the training window, by whichever version, and known in time.
learnt as (
    select
        models.model_name,
        models.model_version,
        count(*) as training_predictions
    from models
    inner join predictions
        on
            models.model_name = predictions.model_name
            and {{ reporting_date('predictions.predicted_at') }}
            between models.train_from and models.train_to
            and models.trained_at > predictions.predicted_at
    group by models.model_name, models.model_version
),

registry as (
    select
        models.model_name,
        models.model_version,
        models.owner,
        entity_types.entity_type,
        features.features,
        models.threshold,
        learnt.training_predictions,
        coalesce(logged.prediction_count, 0) as prediction_count,
        coalesce(logged.used_prediction_count, 0) as used_prediction_count,
        coalesce(logged.recommends_items, false) as recommends_items,
        models.train_from,
        models.train_to,
        models.trained_at,
        models.deployed_at,
        min(models.deployed_at) over (
            partition by models.model_name
            order by models.deployed_at
            range between interval 1 microsecond following and unbounded following
        ) as retired_at,
        logged.first_predicted_at,
        logged.last_predicted_at
    from models
    left join logged using (model_name, model_version)
    left join learnt using (model_name, model_version)
    left join features using (model_name, model_version)
    left join entity_types using (model_name)
)

select * from registry
