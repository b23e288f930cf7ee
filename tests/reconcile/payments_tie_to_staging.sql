-- Why: rates of success and of fraud are shares of all attempts; none may be missing.
-- Threshold: none, row by row, both ways.
-- A failure means: payments drops, doubles, invents or alters attempts.
with staged as (
    select
        payment_id,
        order_id,
        customer_id,
        outcome,
        method,
        currency,
        attempted_at
    from {{ ref('stg_payments__payments') }}
),

built as (
    select
        payment_id,
        order_id,
        customer_id,
        outcome,
        method,
        currency,
        attempted_at
    from {{ ref('payments') }}
),

lost as (
    select * from staged
    except
    select * from built
),

invented as (
    select * from built
    except
    select * from staged
),

differences as (
    select
        'only in staging' as difference,
        payment_id,
        order_id,
        customer_id,
        outcome,
        method,
        currency,
        attempted_at
    from lost
    union all
    select
        'only in payments' as difference,
        payment_id,
        order_id,
        customer_id,
        outcome,
        method,
        currency,
        attempted_at
    from invented
)

select * from differences
