select
    order_id,
    line_number,
    product_id,
    quantity,
    unit_price,
    item_type,
    arrived_at
from {{ ref('validated_app__order_items') }}
where row_status = 'staged'
