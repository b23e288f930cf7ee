-- One row per invitation: its newest version.
with invitations as (
    {{ judged('surveys', 'invitations') }}
)

select
    invitation_id,
    survey,
    customer_id,
    sent_at,
    arrived_at
from invitations
where fate = 'staged'
