-- Why: a payment without a label is one that no rate counts; one with two counts twice.
-- Threshold: none, row by row, both ways; what was stopped is unlabelled.
-- A failure means: payment_labels drops, doubles or alters payments, or takes a blocked one for clean.
with differences as (
    {{ rows_that_differ(ref('payments'), ref('payment_labels'), [
        'payment_id', 'order_id', 'customer_id', 'brand', 'amount', 'attempted_at'
    ]) }}
),

stopped as (
    select
        'labelled though stopped' as difference,
        payments.payment_id
    from {{ ref('payments') }} as payments
    inner join {{ ref('payment_labels') }} as labels
        on payments.payment_id = labels.payment_id
    where (payments.outcome = 'succeeded' or labels.label = 'unlabelled') is not true
)

select
    difference,
    payment_id
from differences
union all
select
    difference,
    payment_id
from stopped
