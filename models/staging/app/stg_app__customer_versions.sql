select
    customer_id,
    birth_date,
    created_at,
    updated_at,
    arrived_at
from {{ ref('validated_app__customers') }}
where row_status in ('staged', 'superseded')
