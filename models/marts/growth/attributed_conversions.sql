-- One row per attribution model, conversion and touch: the credit and revenue that the model gives it.
with credits as (
    select
        conversion_id,
        touchpoint_id,
        customer_id,
        campaign_id,
        brand,
        attribution_model,
        channel,
        credit,
        credited_revenue_usd,
        is_first_order,
        is_final,
        converted_date,
        converted_at,
        touched_at
    from {{ ref('int_credits') }}
    where is_default
)

select
    *,
    attribution_model = '{{ var("default_attribution_model") }}' as is_default_model
from credits
