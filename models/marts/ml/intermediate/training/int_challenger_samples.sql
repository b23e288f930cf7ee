with cutoffs as (
    select
        model_name,
        cutoff_date,
        cutoff_at,
        learn_from_at,
        learn_to_at,
        drift_at
    from {{ ref('int_challenger_cutoffs') }}
),

payments as (
    select * from {{ ref('int_training_payments') }}
),

-- A dispute that came after the cut-off is not known at it.
samples as (
    select
        payments.model_name,
        cutoffs.cutoff_date,
        payments.payment_id,
        payments.label_weight,
        payments.numbers,
        payments.is_flagged,
        payments.is_fraud and payments.label_known_at < cutoffs.cutoff_at as is_fraud,
        coalesce(payments.attempted_at >= cutoffs.drift_at, false) as is_since_drift,
        payments.attempted_at
    from payments
    inner join cutoffs
        on
            payments.model_name = cutoffs.model_name
            and payments.attempted_at >= cutoffs.learn_from_at
            and payments.attempted_at < cutoffs.learn_to_at
)

select * from samples
