-- One row per experiment, treatment, metric and place: its difference, and the tests of it where there is an answer.
with comparisons as (
    select * from {{ ref('int_experiment_comparisons') }}
),

-- CUPED: what is left of the spread, and of the difference, when what units had done before is taken into account.
adjusted as (
    select
        *,
        {{ welch_degrees(
            'control_value_variance', 'control_n_mature',
            'treatment_value_variance', 'treatment_n_mature'
        ) }} as degrees,
        case
            when kind <> 'ratio' and theta is not null
                then difference - theta * pre_difference
        end as cuped_difference,
        {{ what_is_left(
            'control_variance + theta * theta * control_pre_variance',
            '2 * theta * control_pre_covariance'
        ) }} / control_n_mature as control_cuped_variance,
        {{ what_is_left(
            'treatment_variance + theta * theta * treatment_pre_variance',
            '2 * theta * treatment_pre_covariance'
        ) }} / treatment_n_mature as treatment_cuped_variance,
        control_variance / control_n_mature
        + treatment_variance / treatment_n_mature as plain_variance
    from comparisons
    where problem is null
),

measured as (
    select
        *,
        -- proportions by the pooled z, the rest by Welch's t
        case
            when kind = 'proportion'
                then
                    difference
                    / nullif(
                        sqrt(
                            greatest(
                                {{ pooled_share() }} * (1 - {{ pooled_share() }}), 0
                            )
                            * (1.0 / control_n_mature + 1.0 / treatment_n_mature)
                        ),
                        0
                    )
            else difference / standard_error
        end as t,
        case
            when kind = 'proportion' then normal_quantile(0.975)
            else t_quantile(0.975, degrees)
        end as quantile,
        case
            when cuped_difference is not null
                then
                    sqrt(
                        greatest(control_cuped_variance + treatment_cuped_variance, 0)
                    )
        end as cuped_standard_error,
        {{ welch_degrees(
            'control_cuped_variance', 'control_n_mature',
            'treatment_cuped_variance', 'treatment_n_mature'
        ) }} as cuped_degrees,
        case
            when control_value <> 0
                then
                    sqrt(
                        treatment_value_variance / power(control_value, 2)
                        + power(treatment_value, 2) * control_value_variance
                        / power(control_value, 4)
                    )
        end as lift_standard_error,
        n_mature * {{ always_valid_rho_squared() }} + 1 as always_valid_spread
    from adjusted
),

tested as (
    select
        experiment_id,
        variant,
        metric_name,
        segment_type,
        segment,
        t,
        case when kind <> 'proportion' then degrees end as df,
        case
            when kind = 'proportion' then 2 * normal_cdf(-abs(t))
            else 2 * t_cdf(-abs(t), degrees)
        end as p_value,
        standard_error,
        quantile * standard_error as half_width,
        difference / nullif(abs(control_value), 0) as relative_lift,
        quantile * lift_standard_error as relative_lift_half_width,
        2 * t_cdf(
            -abs(
                difference
                / nullif(abs(control_value), 0)
                / nullif(lift_standard_error, 0)
            ),
            degrees
        ) as relative_lift_p_value,
        -- both shares believed to be anything before (Beta(1, 1)); asked of segments, not of days
        case
            when
                kind = 'proportion'
                and {{ is_segment() }}
                then
                    beta_superiority(
                        1 + round(control_value * control_n_mature),
                        1 + round((1 - control_value) * control_n_mature),
                        1 + round(treatment_value * treatment_n_mature),
                        1 + round((1 - treatment_value) * treatment_n_mature)
                    )
        end as probability_better,
        cuped_difference,
        cuped_standard_error,
        t_quantile(0.975, cuped_degrees) * cuped_standard_error as cuped_half_width,
        2
        * t_cdf(-abs(cuped_difference / nullif(cuped_standard_error, 0)), cuped_degrees)
            as cuped_p_value,
        1 - power(cuped_standard_error, 2) / nullif(plain_variance, 0)
            as variance_reduction,
        standard_error * sqrt(
            2 * always_valid_spread * ln(sqrt(always_valid_spread) / 0.05)
            / (n_mature * {{ always_valid_rho_squared() }})
        ) as always_valid_half_width,
        least(
            1,
            sqrt(always_valid_spread) * exp(
                -n_mature * {{ always_valid_rho_squared() }}
                * power(difference / standard_error, 2) / (2 * always_valid_spread)
            )
        ) as always_valid_p_value,
        (normal_quantile(0.975) + normal_quantile(0.8)) * standard_error
            as minimum_detectable_effect
    from measured
)

select
    comparisons.experiment_id,
    comparisons.variant,
    comparisons.metric_name,
    comparisons.segment_type,
    comparisons.segment,
    comparisons.control_variant,
    comparisons.kind,
    comparisons.problem,
    cast(comparisons.control_n + comparisons.treatment_n as bigint) as n,
    cast(comparisons.n_mature as bigint) as n_mature,
    comparisons.control_value,
    comparisons.treatment_value,
    comparisons.difference,
    tested.standard_error,
    comparisons.difference - tested.half_width as difference_low,
    comparisons.difference + tested.half_width as difference_high,
    tested.relative_lift,
    tested.relative_lift - tested.relative_lift_half_width as relative_lift_low,
    tested.relative_lift + tested.relative_lift_half_width as relative_lift_high,
    tested.relative_lift_p_value,
    tested.t,
    tested.df,
    tested.p_value,
    tested.probability_better,
    tested.cuped_difference,
    tested.cuped_standard_error,
    tested.cuped_difference - tested.cuped_half_width as cuped_difference_low,
    tested.cuped_difference + tested.cuped_half_width as cuped_difference_high,
    tested.cuped_p_value,
    tested.variance_reduction,
    comparisons.difference - tested.always_valid_half_width as always_valid_low,
    comparisons.difference + tested.always_valid_half_width as always_valid_high,
    tested.always_valid_p_value,
    tested.minimum_detectable_effect
from comparisons
left join tested
    on
        comparisons.experiment_id = tested.experiment_id
        and comparisons.variant = tested.variant
        and comparisons.metric_name = tested.metric_name
        and comparisons.segment_type = tested.segment_type
        and comparisons.segment = tested.segment
