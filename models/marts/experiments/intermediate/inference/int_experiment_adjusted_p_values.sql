-- The success metrics and treatments of an experiment are one family, its guardrails another,
-- the segments of a metric a third; any other test is alone.
with families as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        deciding_p_value,
        place_type <> 'all' as is_part,
        case
            when place_type <> 'all'
                then concat(metric_name, ' ', variant, ' ', place_type)
            when role in ('success', 'guardrail') then role
            else concat(metric_name, ' ', variant)
        end as family
    from {{ ref('int_experiment_deciding_tests') }}
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
