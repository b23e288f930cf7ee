-- One row per experiment and decision: its newest version.
with decisions as (
    {{ judged('experiments', 'decisions') }}
)

select
    experiment_id,
    decided_at,
    decision,
    shipped_variant,
    shipped_at,
    decided_by,
    reason,
    arrived_at
from decisions
where fate = 'staged'
