-- One row per experiment and variant: its newest version.
with variants as (
    {{ judged('experiments', 'variants') }}
)

select
    experiment_id,
    variant,
    is_control,
    traffic_share,
    arrived_at
from variants
where fate = 'staged'
