-- One row per answered invitation: its newest version.
with responses as (
    {{ judged('surveys', 'responses') }}
)

select
    invitation_id,
    responded_at,
    reason_code,
    score,
    comment,
    arrived_at
from responses
where fate = 'staged'
