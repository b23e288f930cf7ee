with tests as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        p_value,
        cuped_p_value,
        always_valid_p_value
    from {{ ref('int_experiment_tests') }}
    where {{ is_segment('place_type') }}
),

plans as (
    select
        experiment_id,
        metric_name,
        role,
        is_final
    from {{ ref('int_experiment_plans') }}
),

-- Until all outcomes that decide are in, the always-valid p-value does; then CUPED's where
-- units have a past. The success metrics and treatments of an experiment are one family, the
-- segments of a metric another; any other test is alone.
families as (
    select
        tests.*,
        case
            when
                plans.is_final
                and bool_and(plans.is_final or plans.role = 'exploratory')
                    over (partition by tests.experiment_id)
                then coalesce(tests.cuped_p_value, tests.p_value)
            else tests.always_valid_p_value
        end as deciding_p_value,
        tests.place_type <> 'all' as is_part,
        case
            when tests.place_type <> 'all'
                then
                    concat(
                        tests.metric_name, ' ', tests.variant, ' ', tests.place_type
                    )
            when plans.role = 'success' then 'success'
            else concat(tests.metric_name, ' ', tests.variant)
        end as family
    from tests
    inner join plans
        on
            tests.experiment_id = plans.experiment_id
            and tests.metric_name = plans.metric_name
),

ranked as (
    select
        *,
        row_number() over (
            partition by experiment_id, is_part, family, deciding_p_value is null
            order by deciding_p_value, variant, metric_name, place
        ) as p_rank,
        count(deciding_p_value) over (partition by experiment_id, is_part, family)
            as test_count
    from families
),

adjusted as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        case
            when is_part
                then
                    {{ benjamini_hochberg(
                        'deciding_p_value', 'experiment_id, is_part, family',
                        'p_rank', 'test_count'
                    ) }}
            else
                {{ holm(
                    'deciding_p_value', 'experiment_id, is_part, family',
                    'p_rank', 'test_count'
                ) }}
        end as p_value_adjusted
    from ranked
)

select * from adjusted
