select
    conversion_id,
    touchpoint_id,
    customer_id,
    campaign_id,
    brand,
    attribution_model,
    channel,
    credit,
    credited_revenue,
    is_first_order,
    is_final,
    attribution_model = '{{ var("default_attribution_model") }}' as is_default_model,
    converted_date,
    converted_at,
    touched_at
from {{ ref('int_credits') }}
where is_default
