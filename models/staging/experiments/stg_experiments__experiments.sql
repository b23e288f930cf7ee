-- One row per experiment: its newest version.
with experiments as (
    {{ judged('experiments', 'experiments') }}
)

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
from experiments
where fate = 'staged'
