-- One row per brand, kind of unit, metric and size of an effect: how many units a test of two variants needs to find it, and how
-- long the brand's traffic takes to bring them.
with sizes as (
    {{ experiment_sizes_at(
        ref('int_experiment_baselines'),
        ref('int_experiment_traffic_days'),
        [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    ) }}
)

select
    brand,
    unit,
    metric_name,
    kind,
    problem,
    n_mature,
    baseline,
    relative_effect,
    cast(ceil(units_per_arm) as bigint) as units_per_arm,
    cast(ceil(units_per_arm_with_past) as bigint) as units_per_arm_with_past,
    traffic_units,
    exposure_days,
    exposure_days + {{ var('planning_days') }} as days_until_result
from sizes
