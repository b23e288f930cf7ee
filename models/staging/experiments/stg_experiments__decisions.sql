select
    experiment_id,
    decided_at,
    decision,
    shipped_variant,
    shipped_at,
    decided_by,
    reason,
    arrived_at
from {{ ref('validated_experiments__decisions') }}
where row_status = 'staged'
