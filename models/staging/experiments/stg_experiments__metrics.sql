select
    experiment_id,
    metric_name,
    role,
    direction,
    margin,
    outcome_days,
    declared_at,
    arrived_at
from {{ ref('validated_experiments__metrics') }}
where row_status = 'staged'
