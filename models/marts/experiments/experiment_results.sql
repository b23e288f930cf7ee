-- One row per experiment, treatment, metric and segment: what the treatment did, how sure that is, and by which test.
with comparisons as (
    select
        experiment_id,
        variant,
        metric_name,
        segment_type,
        segment,
        kind,
        control_variant,
        problem,
        control_n + treatment_n as n,
        control_n_mature + treatment_n_mature as n_mature,
        control_value,
        treatment_value,
        difference
    from {{ ref('int_experiment_comparisons') }}
    where segment_type not in ('exposed_on', 'exposed_until')
),

tests as (
    select * from {{ ref('int_experiment_tests') }}
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

-- Until all outcomes are in, the always-valid p-value decides; then CUPED's where units have a past.
joined as (
    select
        comparisons.*,
        plans.role,
        plans.direction,
        plans.margin,
        plans.is_predeclared,
        plans.is_final,
        tests.t,
        tests.df,
        tests.p_value,
        tests.half_width,
        tests.relative_lift,
        tests.relative_lift_half_width,
        tests.relative_lift_p_value,
        tests.probability_better,
        tests.cuped_difference,
        tests.cuped_half_width,
        tests.cuped_p_value,
        tests.variance_reduction,
        tests.always_valid_half_width,
        tests.always_valid_p_value,
        tests.minimum_detectable_effect,
        case
            when bool_and(plans.is_final) over (partition by comparisons.experiment_id)
                then coalesce(tests.cuped_p_value, tests.p_value)
            else tests.always_valid_p_value
        end as deciding_p_value
    from comparisons
    inner join plans
        on
            comparisons.experiment_id = plans.experiment_id
            and comparisons.metric_name = plans.metric_name
    left join tests
        on
            comparisons.experiment_id = tests.experiment_id
            and comparisons.variant = tests.variant
            and comparisons.metric_name = tests.metric_name
            and comparisons.segment_type = tests.segment_type
            and comparisons.segment = tests.segment
),

-- A family of tests is adjusted together: the success metrics and treatments of an experiment (Holm), the segments of a
-- metric (Benjamini-Hochberg). The rest stands alone.
families as (
    select
        *,
        case
            when
                segment_type <> 'all'
                then concat(metric_name, ' ', variant, ' ', segment_type)
            when role = 'success' then 'success'
            else concat(metric_name, ' ', variant)
        end as family,
        segment_type <> 'all' as is_segment
    from joined
),

ranked as (
    select
        *,
        row_number() over (
            partition by experiment_id, is_segment, family, deciding_p_value is null
            order by deciding_p_value, variant, metric_name, segment
        ) as p_rank,
        count(deciding_p_value) over (
            partition by experiment_id, is_segment, family
        ) as test_count
    from families
),

adjusted as (
    select
        *,
        case
            when deciding_p_value is null then null
            when is_segment
                then
                    min(least(1, deciding_p_value * test_count / p_rank)) over (
                        partition by
                            experiment_id, is_segment, family, deciding_p_value is null
                        order by p_rank desc
                    )
            else
                max(least(1, deciding_p_value * (test_count - p_rank + 1))) over (
                    partition by
                        experiment_id, is_segment, family, deciding_p_value is null
                    order by p_rank
                )
        end as p_value_adjusted
    from ranked
)

select
    experiment_id,
    variant,
    metric_name,
    segment_type,
    segment,
    control_variant,
    kind,
    role,
    direction,
    problem,
    cast(n as bigint) as n,
    cast(n_mature as bigint) as n_mature,
    control_value,
    treatment_value,
    margin,
    difference,
    difference - half_width as difference_low,
    difference + half_width as difference_high,
    relative_lift,
    relative_lift - relative_lift_half_width as relative_lift_low,
    relative_lift + relative_lift_half_width as relative_lift_high,
    relative_lift_p_value,
    t,
    df,
    p_value,
    p_value_adjusted,
    probability_better,
    cuped_difference,
    cuped_difference - cuped_half_width as cuped_difference_low,
    cuped_difference + cuped_half_width as cuped_difference_high,
    cuped_p_value,
    variance_reduction,
    difference - always_valid_half_width as always_valid_low,
    difference + always_valid_half_width as always_valid_high,
    always_valid_p_value,
    minimum_detectable_effect,
    is_predeclared,
    is_final
from adjusted
