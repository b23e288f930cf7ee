{{ config(materialized='view') }}
with predictions as (
    select
        prediction_id,
        model_name,
        model_version,
        lower(entity_type) as entity_type,
        entity_id,
        item_id,
        request_id,
        lower(decision) as decision,
        features,
        rank,
        score,
        predicted_at
    from {{ ref('stg_ml__predictions') }}
),

model_versions as (
    select
        model_name,
        model_version,
        threshold,
        deployed_at
    from {{ ref('stg_ml__models') }}
),

decision_words as (
    select
        decision,
        is_flagged as means_flagged
    from {{ ref('decision_words') }}
),

joined as (
    select
        predictions.*,
        model_versions.threshold,
        decision_words.means_flagged,
        predictions.item_id is not null as is_list_item,
        coalesce(predictions.score between 0 and 1, false) as is_chance,
        coalesce(
            predictions.predicted_at >= model_versions.deployed_at, false
        ) as is_deployed,
        model_versions.model_name is not null as is_registered
    from predictions
    left join model_versions
        on
            predictions.model_name = model_versions.model_name
            and predictions.model_version = model_versions.model_version
    left join decision_words
        on predictions.decision = decision_words.decision
),

-- The score of an item in a list only puts it in order: no threshold flags it.
scored as (
    select
        *,
        case when is_chance and not is_list_item then score >= threshold end
            as is_flagged
    from joined
)

select * from scored
