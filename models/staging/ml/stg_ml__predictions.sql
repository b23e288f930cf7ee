{{ config(materialized='view') }}
-- One row per prediction: its newest version.
with predictions as (
    {{ judged('ml', 'predictions') }}
)

select
    prediction_id,
    model_name,
    model_version,
    entity_type,
    entity_id,
    item_id,
    rank,
    request_id,
    score,
    decision,
    features,
    predicted_at,
    arrived_at
from predictions
where fate = 'staged'
