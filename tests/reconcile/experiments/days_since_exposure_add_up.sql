-- Why: an effect told by days since exposure is the same effect, cut into days.
-- Threshold: what rounding of doubles leaves.
-- A failure means: what units did on some day is lost, counted twice, or stands on the wrong side.
with days as (
    select
        experiment_id,
        variant,
        metric_name,
        sum(control_value) as control_value,
        sum(treatment_value) as treatment_value
    from {{ ref('experiment_days') }}
    where view_name = 'since_exposure'
    group by experiment_id, variant, metric_name
),

results as (
    select
        experiment_id,
        variant,
        metric_name,
        control_value,
        treatment_value
    from {{ ref('experiment_results') }}
    where
        segment_type = 'all'
        and kind not in ('ratio', 'quantile')
        and control_value is not null
)

select
    results.experiment_id,
    results.variant,
    results.metric_name,
    results.control_value,
    results.treatment_value,
    days.control_value as control_value_of_days,
    days.treatment_value as treatment_value_of_days
from results
left join days
    on
        results.experiment_id = days.experiment_id
        and results.variant = days.variant
        and results.metric_name = days.metric_name
where
    coalesce(
        abs(days.control_value - results.control_value)
        > 1e-9 * greatest(1, abs(results.control_value)),
        days.control_value is distinct from results.control_value
    )
    or coalesce(
        abs(days.treatment_value - results.treatment_value)
        > 1e-9 * greatest(1, abs(results.treatment_value)),
        days.treatment_value is distinct from results.treatment_value
    )
