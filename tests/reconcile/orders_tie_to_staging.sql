-- Why: an order may wait for its customer, its lines or its payment; it must not vanish meanwhile.
-- Threshold: none, row by row, both ways.
-- A failure means: a join in orders or its int_ models became an inner join, or repeats rows.
with staged as (
    select
        order_id,
        customer_id,
        subscription_id,
        order_type,
        status,
        currency,
        ordered_at,
        promised_at
    from {{ ref('stg_app__orders') }}
),

built as (
    select
        order_id,
        customer_id,
        subscription_id,
        order_type,
        status,
        currency,
        ordered_at,
        promised_at
    from {{ ref('orders') }}
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
        order_id,
        customer_id,
        subscription_id,
        order_type,
        status,
        currency,
        ordered_at,
        promised_at
    from lost
    union all
    select
        'only in orders' as difference,
        order_id,
        customer_id,
        subscription_id,
        order_type,
        status,
        currency,
        ordered_at,
        promised_at
    from invented
)

select * from differences
