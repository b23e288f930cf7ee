select
    conversion_id,
    customer_id,
    brand,
    touch_count,
    revenue,
    is_first_order,
    is_final,
    converted_date,
    first_touched_at,
    converted_at
from {{ ref('int_journeys') }}
