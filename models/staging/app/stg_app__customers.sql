select
    customer_id,
    brand,
    full_name,
    email,
    phone,
    birth_date,
    country_code,
    created_at,
    updated_at,
    arrived_at
from {{ ref('validated_app__customers') }}
where row_status = 'staged'
