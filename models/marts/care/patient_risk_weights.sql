-- One row per term of the baseline score, and one for the intercept: what it adds to the log odds of a diagnosis.
with weights as (
    select * from {{ ref('int_risk_weights') }}
)

select
    term,
    weight,
    weight_when_missing,
    mean,
    deviation,
    exp(weight * deviation) as odds_ratio_per_deviation,
    n_training,
    n_training_diagnosed
from weights
