-- Why: is_disputed is the label that fraud scores are judged by.
-- Threshold: none, payment by payment. Disputes of a payment that never arrived are in vault.orphaned_rows.
-- A failure means: payments marks a payment that nobody disputed, or misses a dispute.
with payments as (
    select
        payment_id,
        is_disputed
    from {{ ref('payments') }}
),

disputes as (
    select payment_id
    from {{ ref('stg_payments__disputes') }}
)

select
    payment_id,
    is_disputed
from payments
where is_disputed is distinct from (
    payment_id in (select disputes.payment_id from disputes)
)
