select
    order_id,
    status,
    occurred_at,
    promised_at,
    arrived_at
from {{ ref('validated_app__order_status_events') }}
where row_status = 'staged'
