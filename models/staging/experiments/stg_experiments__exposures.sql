{{ config(materialized='view') }}
-- One row per exposure: its newest version.
with exposures as (
    {{ judged('experiments', 'exposures') }}
)

select
    exposure_id,
    experiment_id,
    variant,
    customer_id,
    anonymous_id,
    device_type,
    exposed_at,
    arrived_at
from exposures
where fate = 'staged'
