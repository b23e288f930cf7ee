-- One row per diagnosis: its newest version.
with diagnoses as (
    {{ judged('devices', 'diagnoses') }}
)

select
    diagnosis_id,
    customer_id,
    hospital_id,
    condition,
    code,
    code_system,
    diagnosed_at,
    recorded_at,
    arrived_at
from diagnoses
where fate = 'staged'
