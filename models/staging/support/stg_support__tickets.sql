select
    ticket_id,
    customer_id,
    channel,
    topic,
    opened_at,
    resolved_at,
    satisfaction_score,
    arrived_at
from {{ ref('validated_support__tickets') }}
where row_status = 'staged'
