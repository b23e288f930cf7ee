-- One row per experiment, treatment, metric and segment: what the treatment did, how sure that is, and by which test.
with tests as (
    select *
    from {{ ref('int_experiment_tests') }}
    where {{ is_segment() }}
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

-- Until all outcomes that decide are in, the always-valid p-value does; then CUPED's where units have a past.
joined as (
    select
        tests.*,
        plans.role,
        plans.direction,
        plans.margin,
        plans.is_predeclared,
        plans.is_final,
        case
            when
                plans.is_final
                and bool_and(plans.is_final or plans.role = 'exploratory')
                    over (partition by tests.experiment_id)
                then coalesce(tests.cuped_p_value, tests.p_value)
            else tests.always_valid_p_value
        end as deciding_p_value
    from tests
    inner join plans
        on
            tests.experiment_id = plans.experiment_id
            and tests.metric_name = plans.metric_name
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
            when is_segment
                then
                    {{ benjamini_hochberg(
                        'deciding_p_value', 'experiment_id, is_segment, family'
                    ) }}
            else {{ holm('deciding_p_value', 'experiment_id, is_segment, family') }}
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
    n,
    n_mature,
    control_value,
    treatment_value,
    margin,
    difference,
    difference_low,
    difference_high,
    relative_lift,
    relative_lift_low,
    relative_lift_high,
    relative_lift_p_value,
    t,
    df,
    p_value,
    p_value_adjusted,
    probability_better,
    cuped_difference,
    cuped_difference_low,
    cuped_difference_high,
    cuped_p_value,
    variance_reduction,
    always_valid_low,
    always_valid_high,
    always_valid_p_value,
    minimum_detectable_effect,
    is_predeclared,
    is_final
from adjusted
