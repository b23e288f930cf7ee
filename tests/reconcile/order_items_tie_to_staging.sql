-- Why: lines whose order or product is missing are kept, since the parent may be late.
-- Threshold: none, row by row, both ways.
-- A failure means: order_items drops, doubles, invents or alters lines.
with staged as (
    select
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price
    from {{ ref('stg_app__order_items') }}
),

built as (
    select
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price
    from {{ ref('order_items') }}
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
        line_number,
        product_id,
        quantity,
        unit_price
    from lost
    union all
    select
        'only in order_items' as difference,
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price
    from invented
)

select * from differences
