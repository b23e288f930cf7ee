-- A name that a path into JSON could not hold is no feature: it would stop the query.
with named as (
    select
        model_name,
        model_version,
        {{ json_names('features') }} as feature_name
    from {{ ref('predictions') }}
    where use_status = 'used' and entity_type = 'payment'
),

counted as (
    select
        model_name,
        model_version,
        count(*) as scored_payments
    from {{ ref('predictions') }}
    where use_status = 'used' and entity_type = 'payment'
    group by model_name, model_version
),

features as (
    select
        model_name,
        model_version,
        feature_name,
        count(*) as logged_count
    from named
    where {{ matches('feature_name', "'^[\\p{L}\\p{N}_ .:/-]+$'") }}
    group by model_name, model_version, feature_name
),

usual as (
    select
        features.model_name,
        features.model_version,
        string_agg(features.feature_name, ',' order by features.feature_name)
            as feature_names
    from features
    inner join counted
        on
            features.model_name = counted.model_name
            and features.model_version = counted.model_version
    where
        features.logged_count
        >= {{ var('usual_feature_share') }} * counted.scored_payments
    group by features.model_name, features.model_version
)

select * from usual
