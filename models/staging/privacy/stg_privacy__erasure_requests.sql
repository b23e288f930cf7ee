-- One row per request to be forgotten: its newest version.
with erasure_requests as (
    {{ judged('privacy', 'erasure_requests') }}
)

select
    request_id,
    customer_id,
    requested_at,
    arrived_at
from erasure_requests
where fate = 'staged'
