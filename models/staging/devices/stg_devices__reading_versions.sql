{{ config(materialized='view') }}
-- One row per reading and version that ever arrived: what it once was.
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
    arrived_at,
    fate = 'staged' as is_newest
from readings
where fate in ('staged', 'superseded')
