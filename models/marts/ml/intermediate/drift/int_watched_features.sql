with model_versions as (
    select
        model_name,
        model_version
    from {{ ref('stg_ml__models') }}
),

predictions as (
    select
        model_name,
        model_version,
        features
    from {{ ref('stg_ml__predictions') }}
    where features is not null
),

-- A model logs few different lists of names, whatever the number of its predictions.
lists as (
    select
        predictions.model_name,
        predictions.model_version,
        {{ json_name_list('predictions.features') }} as feature_names,
        count(*) as prediction_count
    from predictions
    inner join model_versions
        on
            predictions.model_name = model_versions.model_name
            and predictions.model_version = model_versions.model_version
    group by
        predictions.model_name,
        predictions.model_version,
        {{ json_name_list('predictions.features') }}
),

named as (
    select
        model_name,
        model_version,
        prediction_count,
        {{ each_of('feature_names') }} as feature_name
    from lists
),

counted as (
    select
        model_name,
        model_version,
        feature_name,
        cast(sum(prediction_count) as bigint) as prediction_count
    from named
    where length(feature_name) between 1 and 200
    group by model_name, model_version, feature_name
),

ranked as (
    select
        *,
        row_number() over (
            partition by model_name, model_version
            order by prediction_count desc, feature_name asc
        ) as place
    from counted
),

watched as (
    select
        model_name,
        model_version,
        feature_name,
        prediction_count,
        row_number() over (
            partition by model_name, model_version
            order by feature_name
        ) as position
    from ranked
    where place <= {{ var('drift_most_features') }}
),

-- Versions that log the same names are read together.
sets as (
    select
        model_name,
        model_version,
        {{ row_hash([dbt.listagg(
            'feature_name', "chr(31)", 'order by position'
        )]) }} as names_hash
    from watched
    group by model_name, model_version
),

numbered as (
    select
        model_name,
        model_version,
        dense_rank() over (order by names_hash) as set_number
    from sets
),

features as (
    select
        watched.model_name,
        watched.model_version,
        watched.feature_name,
        cast(watched.position as integer) as position,
        cast(numbered.set_number as integer) as set_number,
        watched.prediction_count
    from watched
    inner join numbered
        on
            watched.model_name = numbered.model_name
            and watched.model_version = numbered.model_version
)

select * from features
