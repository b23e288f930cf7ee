-- Why: a version that the cycle forgets is one that nobody watches.
-- Threshold: none, row by row, both ways.
-- A failure means: a version of ml.models has no row in model_registry or in model_cycle, or one has a row too many.
{%- set key = ['model_name', 'model_version'] %}
{{ rows_that_differ(ref('stg_ml__models'), ref('model_registry'), key) }}
union all
{{ rows_that_differ(ref('stg_ml__models'), ref('model_cycle'), key) }}
