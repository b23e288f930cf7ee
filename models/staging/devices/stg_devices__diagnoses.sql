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
from {{ ref('validated_devices__diagnoses') }}
where row_status = 'staged'
