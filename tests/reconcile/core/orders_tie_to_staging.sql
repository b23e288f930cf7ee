-- Why: an order may wait for its customer, its lines or its payment; it must not vanish meanwhile.
-- Threshold: none, row by row, both ways.
-- A failure means: a join in orders or its int_ models became an inner join, or repeats rows.
{{ rows_that_differ(ref('stg_app__orders'), ref('orders'), [
    'order_id',
    'customer_id',
    'subscription_id',
    'order_type',
    'status',
    'currency',
    'ordered_at',
    'promised_at',
]) }}
