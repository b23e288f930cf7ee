with attempts as (
    select
        payment_id,
        'attempt' as part,
        fingerprint
    from {{ ref('int_payment_attempts') }}
),

key_windows as (
    select
        payment_id,
        key_kind as part,
        features_fingerprint as fingerprint
    from {{ ref('int_key_windows') }}
    where event = 'payment'
),

states as (
    select * from attempts
    union all
    select * from key_windows
)

select * from states
