-- Why: rates of success and of fraud are shares of all attempts; none may be missing.
-- Threshold: none, row by row, both ways. A payment that names no customer is that of its order's customer.
-- A failure means: payments drops, doubles, invents or alters attempts.
{% set staged %}
(
    select
        payments.payment_id,
        payments.order_id,
        coalesce(payments.customer_id, orders.customer_id) as customer_id,
        payments.outcome,
        payments.method,
        payments.decline_reason,
        payments.currency,
        payments.review_exempt_probability,
        payments.is_review_exempt,
        payments.attempted_at
    from {{ ref('stg_payments__payments') }} as payments
    left join {{ ref('stg_app__orders') }} as orders
        on payments.order_id = orders.order_id
) as attempts
{% endset %}
{{ rows_that_differ(staged, ref('payments'), [
    'payment_id',
    'order_id',
    'customer_id',
    'outcome',
    'method',
    'decline_reason',
    'currency',
    'review_exempt_probability',
    'is_review_exempt',
    'attempted_at',
]) }}
