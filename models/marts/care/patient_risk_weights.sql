select
    term,
    weight,
    weight_when_missing,
    mean,
    deviation,
    exp(weight * deviation) as odds_ratio_per_deviation,
    n_training,
    n_training_diagnosed
from {{ ref('int_risk_weights') }}
