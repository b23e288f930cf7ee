-- One row per experiment and metric: its newest version.
with metrics as (
    {{ judged('experiments', 'metrics') }}
)

select
    experiment_id,
    metric_name,
    role,
    direction,
    margin,
    outcome_days,
    declared_at,
    arrived_at
from metrics
where fate = 'staged'
