-- Why: a dispute that is lost, or counted twice, makes net revenue wrong.
-- Threshold: none, row by row, both ways.
-- A failure means: disputes drops, doubles, invents or alters rows.
{{ rows_that_differ(ref('stg_payments__disputes'), ref('disputes'), [
    'dispute_id',
    'payment_id',
    'reason',
    'outcome',
    'currency',
    'opened_at',
    'closed_at',
]) }}
