with comparisons as (
    select * from {{ ref('int_experiment_comparisons') }}
),

plain_tests as (
    select * from {{ ref('int_experiment_plain_tests') }}
),

cuped_tests as (
    select * from {{ ref('int_experiment_cuped_tests') }}
),

-- The asymptotic confidence sequence (arXiv 2103.06476, eq. 9) at 95 %. Much unlike arms say as
-- much as equal ones of fewer units.
sequences as (
    select
        *,
        standard_error * caution as cautious_error,
        case
            when
                greatest(control_effective_n, treatment_effective_n)
                > {{ var('balanced_arms_ratio') }}
                * least(control_effective_n, treatment_effective_n)
                then 4 / (1 / control_effective_n + 1 / treatment_effective_n)
            else control_effective_n + treatment_effective_n
        end
        * ((-2 * ln(0.05) + ln(-2 * ln(0.05) + 1)) / {{ var('always_valid_units') }})
            as information
    from comparisons
    where problem is null
),

always_valid as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        cautious_error
        * sqrt(2 * (information + 1) * ln(sqrt(information + 1) / 0.05) / information)
            as half_width,
        least(
            1,
            sqrt(information + 1) * exp(
                -information * power(difference / cautious_error, 2)
                / (2 * (information + 1))
            )
        ) as p_value
    from sequences
),

tests as (
    select
        comparisons.experiment_id,
        comparisons.variant,
        comparisons.metric_name,
        comparisons.place_type,
        comparisons.place,
        comparisons.control_variant,
        comparisons.kind,
        comparisons.problem,
        cast(comparisons.control_n + comparisons.treatment_n as bigint) as n,
        cast(comparisons.n_mature as bigint) as n_mature,
        comparisons.control_value,
        comparisons.treatment_value,
        comparisons.difference,
        plain_tests.standard_error,
        comparisons.caution,
        plain_tests.difference_low,
        plain_tests.difference_high,
        plain_tests.relative_lift,
        plain_tests.relative_lift_low,
        plain_tests.relative_lift_high,
        plain_tests.relative_lift_p_value,
        plain_tests.log_lift_low,
        plain_tests.log_lift_high,
        plain_tests.t,
        plain_tests.df,
        plain_tests.p_value,
        plain_tests.probability_better,
        cuped_tests.cuped_difference,
        cuped_tests.cuped_standard_error,
        cuped_tests.cuped_difference_low,
        cuped_tests.cuped_difference_high,
        cuped_tests.cuped_p_value,
        cuped_tests.cuped_df,
        cuped_tests.variance_reduction,
        comparisons.difference - always_valid.half_width as always_valid_low,
        comparisons.difference + always_valid.half_width as always_valid_high,
        always_valid.p_value as always_valid_p_value,
        plain_tests.minimum_detectable_effect
    from comparisons
    left join plain_tests
        on
            comparisons.experiment_id = plain_tests.experiment_id
            and comparisons.variant = plain_tests.variant
            and comparisons.metric_name = plain_tests.metric_name
            and comparisons.place_type = plain_tests.place_type
            and comparisons.place = plain_tests.place
    left join cuped_tests
        on
            comparisons.experiment_id = cuped_tests.experiment_id
            and comparisons.variant = cuped_tests.variant
            and comparisons.metric_name = cuped_tests.metric_name
            and comparisons.place_type = cuped_tests.place_type
            and comparisons.place = cuped_tests.place
    left join always_valid
        on
            comparisons.experiment_id = always_valid.experiment_id
            and comparisons.variant = always_valid.variant
            and comparisons.metric_name = always_valid.metric_name
            and comparisons.place_type = always_valid.place_type
            and comparisons.place = always_valid.place
)

select * from tests
