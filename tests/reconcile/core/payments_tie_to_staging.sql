-- Why: rates of success and of fraud are shares of all attempts; none may be missing.
-- Threshold: none, row by row, both ways.
-- A failure means: payments drops, doubles, invents or alters attempts.
{{ rows_that_differ(ref('stg_payments__payments'), ref('payments'), [
    'payment_id',
    'order_id',
    'customer_id',
    'outcome',
    'method',
    'currency',
    'attempted_at',
]) }}
