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
from {{ ref('validated_ml__predictions') }}
where row_status = 'staged'
