-- Why: lines whose order or product is missing are kept, since the parent may be late.
-- Threshold: none, row by row, both ways.
-- A failure means: order_items drops, doubles, invents or alters lines.
{{ rows_that_differ(ref('stg_app__order_items'), ref('order_items'), [
    'order_id',
    'line_number',
    'product_id',
    'quantity',
    'unit_price',
]) }}
