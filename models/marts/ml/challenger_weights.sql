select
    model_name,
    cutoff_date,
    term,
    weight,
    weight_when_missing,
    mean,
    deviation,
    lowest,
    highest,
    threshold,
    n_learnt,
    n_learnt_frauds
from {{ ref('int_challenger_weights') }}
