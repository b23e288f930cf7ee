-- One row per experiment, treatment, metric, day and way to look at it: the effect on those exposed on the day, and on all
-- exposed up to it.
with tests as (
    select
        experiment_id,
        variant,
        metric_name,
        half_width,
        p_value,
        always_valid_half_width,
        always_valid_p_value,
        segment_type,
        segment
    from {{ ref('int_experiment_tests') }}
    where segment_type in ('exposed_on', 'exposed_until')
),

comparisons as (
    select
        experiment_id,
        variant,
        metric_name,
        segment_type,
        segment,
        problem,
        control_n_mature + treatment_n_mature as n_mature,
        control_value,
        treatment_value,
        difference
    from {{ ref('int_experiment_comparisons') }}
    where segment_type in ('exposed_on', 'exposed_until')
),

days as (
    select
        comparisons.experiment_id,
        comparisons.variant,
        comparisons.metric_name,
        case comparisons.segment_type
            when 'exposed_on' then 'daily' else 'cumulative'
        end
            as view_name,
        comparisons.problem,
        cast(comparisons.n_mature as bigint) as n_mature,
        comparisons.control_value,
        comparisons.treatment_value,
        comparisons.difference,
        comparisons.difference - tests.half_width as difference_low,
        comparisons.difference + tests.half_width as difference_high,
        tests.p_value,
        comparisons.difference - tests.always_valid_half_width as always_valid_low,
        comparisons.difference + tests.always_valid_half_width as always_valid_high,
        tests.always_valid_p_value,
        cast(comparisons.segment as date) as exposed_date
    from comparisons
    left join tests
        on
            comparisons.experiment_id = tests.experiment_id
            and comparisons.variant = tests.variant
            and comparisons.metric_name = tests.metric_name
            and comparisons.segment_type = tests.segment_type
            and comparisons.segment = tests.segment
)

select * from days
