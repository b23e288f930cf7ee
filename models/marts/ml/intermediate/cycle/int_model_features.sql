with predictions as (
    select
        model_name,
        model_version,
        features
    from {{ ref('predictions') }}
),

lists as (
    select
        model_name,
        model_version,
        {{ json_name_list('features') }} as names,
        count(*) as prediction_count
    from predictions
    group by model_name, model_version, {{ json_name_list('features') }}
),

named as (
    select
        model_name,
        model_version,
        prediction_count,
        {{ each_of('names') }} as feature_name
    from lists
),

totals as (
    select
        model_name,
        model_version,
        sum(prediction_count) as prediction_count
    from lists
    group by model_name, model_version
),

counted as (
    select
        model_name,
        model_version,
        feature_name,
        sum(prediction_count) as prediction_count
    from named
    group by model_name, model_version, feature_name
),

features as (
    select
        counted.model_name,
        counted.model_version,
        string_agg(counted.feature_name, ', ' order by counted.feature_name)
            as features
    from counted
    inner join totals using (model_name, model_version)
    where
        counted.prediction_count
        >= {{ var('usual_feature_share') }} * totals.prediction_count
    group by counted.model_name, counted.model_version
)

select * from features
