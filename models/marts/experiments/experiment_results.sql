with tests as (
    select *
    from {{ ref('int_experiment_tests') }}
    where {{ is_segment('place_type') }}
),

plans as (
    select
        experiment_id,
        metric_name,
        role,
        direction,
        margin,
        is_predeclared,
        is_final
    from {{ ref('int_experiment_plans') }}
),

deciding_tests as (
    select * from {{ ref('int_experiment_deciding_tests') }}
),

adjusted as (
    select * from {{ ref('int_experiment_adjusted_p_values') }}
),

results as (
    select
        tests.experiment_id,
        tests.variant,
        tests.metric_name,
        tests.place_type as segment_type,
        tests.place as segment,
        tests.control_variant,
        tests.kind,
        plans.role,
        plans.direction,
        tests.problem,
        deciding_tests.decided_by,
        tests.n,
        tests.n_mature,
        tests.control_value,
        tests.treatment_value,
        plans.margin,
        tests.difference,
        tests.standard_error,
        tests.difference_low,
        tests.difference_high,
        tests.relative_lift,
        tests.relative_lift_low,
        tests.relative_lift_high,
        tests.relative_lift_p_value,
        coalesce(tests.log_lift_low, tests.relative_lift_low) as deciding_lift_low,
        coalesce(tests.log_lift_high, tests.relative_lift_high) as deciding_lift_high,
        tests.t,
        tests.df,
        tests.p_value,
        adjusted.p_value_adjusted,
        tests.probability_better,
        tests.cuped_difference,
        tests.cuped_difference_low,
        tests.cuped_difference_high,
        tests.cuped_p_value,
        tests.variance_reduction,
        tests.always_valid_low,
        tests.always_valid_high,
        tests.always_valid_p_value,
        deciding_tests.deciding_difference,
        deciding_tests.deciding_low,
        deciding_tests.deciding_high,
        tests.minimum_detectable_effect,
        ({{ z_95() }} + normal_quantile({{ var('planning_power') }}))
        * tests.cuped_standard_error as minimum_detectable_effect_with_past,
        tests.always_valid_high - tests.difference
        + normal_quantile({{ var('planning_power') }})
        * tests.standard_error * tests.caution
            as minimum_detectable_effect_always_valid,
        plans.is_predeclared,
        plans.is_final
    from tests
    inner join plans
        on
            tests.experiment_id = plans.experiment_id
            and tests.metric_name = plans.metric_name
    inner join deciding_tests
        on
            tests.experiment_id = deciding_tests.experiment_id
            and tests.variant = deciding_tests.variant
            and tests.metric_name = deciding_tests.metric_name
            and tests.place_type = deciding_tests.place_type
            and tests.place = deciding_tests.place
    inner join adjusted
        on
            tests.experiment_id = adjusted.experiment_id
            and tests.variant = adjusted.variant
            and tests.metric_name = adjusted.metric_name
            and tests.place_type = adjusted.place_type
            and tests.place = adjusted.place
)

select * from results
