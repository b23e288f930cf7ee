-- Why: a refund that is lost makes net revenue too high.
-- Threshold: none, row by row, both ways.
-- A failure means: refunds drops, doubles, invents or alters rows.
{{ rows_that_differ(ref('stg_payments__refunds'), ref('refunds'), [
    'refund_id',
    'payment_id',
    'order_id',
    'reason',
    'currency',
    'refunded_at',
]) }}
