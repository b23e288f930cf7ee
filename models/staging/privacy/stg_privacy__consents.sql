-- One row per record of consent: its newest version.
with consents as (
    {{ judged('privacy', 'consents') }}
)

select
    consent_id,
    customer_id,
    anonymous_id,
    purpose,
    is_granted,
    recorded_at,
    arrived_at
from consents
where fate = 'staged'
