-- Why: amounts are converted once, here; a wrong rate or a lost amount would stand in every report.
-- Threshold: by currency and day, half a cent a row, which is what rounding to the cent may do.
-- A failure means: payments takes another rate or day than its own, or alters amounts.
{{ amounts_that_differ(
    ref('stg_payments__payments'),
    reporting_date('attempted_at'),
    ref('payments'),
    'attempted_date',
    'amount'
) }}
