-- One row per model version: its newest version.
with models as (
    {{ judged('ml', 'models') }}
)

select
    model_name,
    model_version,
    owner,
    trained_at,
    train_from,
    train_to,
    threshold,
    deployed_at,
    arrived_at
from models
where fate = 'staged'
