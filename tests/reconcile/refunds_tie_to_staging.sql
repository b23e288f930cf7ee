-- Why: a refund that is lost makes net revenue too high.
-- Threshold: none, row by row, both ways.
-- A failure means: refunds drops, doubles, invents or alters rows.
with staged as (
    select
        refund_id,
        payment_id,
        order_id,
        reason,
        currency,
        refunded_at
    from {{ ref('stg_payments__refunds') }}
),

built as (
    select
        refund_id,
        payment_id,
        order_id,
        reason,
        currency,
        refunded_at
    from {{ ref('refunds') }}
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
        refund_id,
        payment_id,
        order_id,
        reason,
        currency,
        refunded_at
    from lost
    union all
    select
        'only in refunds' as difference,
        refund_id,
        payment_id,
        order_id,
        reason,
        currency,
        refunded_at
    from invented
)

select * from differences
