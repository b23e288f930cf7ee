select
    experiment_id,
    brand,
    experiment_name,
    hypothesis,
    owner,
    experiment_type,
    unit,
    campaign_id,
    model_version,
    minimum_detectable_effect,
    started_at,
    ended_at,
    arrived_at
from {{ ref('validated_experiments__experiments') }}
where row_status = 'staged'
