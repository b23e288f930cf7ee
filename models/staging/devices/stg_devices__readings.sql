{{ config(materialized='view') }}
-- One row per reading: its newest version.
with readings as (
    {{ judged('devices', 'readings') }}
)

select
    reading_id,
    device_id,
    customer_id,
    measurement,
    context,
    value,
    unit,
    measured_at,
    received_at,
    arrived_at
from readings
where fate = 'staged'
