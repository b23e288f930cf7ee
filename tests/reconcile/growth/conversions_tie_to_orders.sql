-- Why: a conversion lost here is lost to every channel.
-- Threshold: none, row by row, both ways.
-- A failure means: a paid purchase is no conversion, or a conversion is none.
{% set purchases %}
(
    select
        orders.order_id as conversion_id,
        orders.customer_id,
        orders.brand,
        orders.revenue,
        orders.revenue_date as converted_date
    from {{ ref('orders') }} as orders
    inner join {{ as_of() }} as as_of
        on orders.revenue_date <= as_of.as_of_date
    where
        orders.is_paid
        and orders.order_type = 'purchase'
) as purchases
{% endset %}
{{ rows_that_differ(purchases, ref('conversions'), [
    'conversion_id',
    'customer_id',
    'brand',
    'revenue',
    'converted_date',
]) }}
