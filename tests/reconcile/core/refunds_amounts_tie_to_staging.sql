-- Why: amounts are converted once, here; a wrong rate or a lost amount would be in every report.
-- Threshold: by currency and day, half a millionth a row, which is what rounding to six digits may do.
-- A failure means: refunds takes another rate or day than its own, or alters amounts. Failed refunds give nothing back.
{% set staged %}
(
    select
        currency,
        refunded_at,
        case when status = 'failed' then 0 else amount end as amount
    from {{ ref('stg_payments__refunds') }}
) as given_back
{% endset %}
{{ amounts_that_differ(
    staged,
    reporting_date('refunded_at'),
    ref('refunds'),
    'refunded_date',
    'refund_amount'
) }}
