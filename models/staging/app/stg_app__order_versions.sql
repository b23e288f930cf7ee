select
    order_id,
    status,
    paid_at,
    updated_at,
    arrived_at
from {{ ref('validated_app__orders') }}
where row_status in ('staged', 'superseded')
