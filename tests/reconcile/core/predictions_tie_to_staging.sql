-- Why: a prediction that is not used has a reason; none may be missing, and none may count twice.
-- Threshold: none, row by row, both ways, and one used prediction a model and payment.
-- A failure means: predictions drops, doubles or alters rows, or uses two for one payment.
with differences as (
    {{ rows_that_differ(ref('stg_ml__predictions'), ref('predictions'), [
        'prediction_id',
        'model_name',
        'model_version',
        'entity_id',
        'item_id',
        'rank',
        'score',
        'features',
        'predicted_at',
    ]) }}
),

used_twice as (
    select
        'used twice' as difference,
        max(prediction_id) as prediction_id
    from {{ ref('predictions') }}
    where use_status = 'used' and entity_type = 'payment'
    group by model_name, entity_id
    having count(*) > 1
)

select
    difference,
    prediction_id
from differences
union all
select
    difference,
    prediction_id
from used_twice
