select
    bill_id,
    billed_on,
    service,
    resource,
    amount,
    currency,
    arrived_at
from {{ ref('validated_platform__bills') }}
where row_status = 'staged'
