with comparisons as (
    select *
    from {{ ref('int_experiment_comparisons') }}
    where problem is null
),

-- theta is that of both arms together, as if they were one group.
fitted as (
    select
        *,
        (
            (control_effective_n - 1) * control_pre_covariance
            + (treatment_effective_n - 1) * treatment_pre_covariance
            + 1.0 * control_effective_n * treatment_effective_n
            / (control_effective_n + treatment_effective_n)
            * (treatment_mean - control_mean)
            * pre_difference
        )
        / nullif(
            (control_effective_n - 1) * control_pre_variance
            + (treatment_effective_n - 1) * treatment_pre_variance
            + 1.0 * control_effective_n * treatment_effective_n
            / (control_effective_n + treatment_effective_n)
            * power(pre_difference, 2),
            0
        ) as theta
    from comparisons
    where kind <> 'ratio'
),

-- What is left of the spread, and of the difference, when the past is taken into account.
adjusted as (
    select
        *,
        difference - theta * pre_difference as cuped_difference,
        {{ difference_or_zero(
            'control_variance + theta * theta * control_pre_variance',
            '2 * theta * control_pre_covariance'
        ) }} / control_effective_n as control_left,
        {{ difference_or_zero(
            'treatment_variance + theta * theta * treatment_pre_variance',
            '2 * theta * treatment_pre_covariance'
        ) }} / treatment_effective_n as treatment_left,
        control_variance / control_effective_n
        + treatment_variance / treatment_effective_n as plain_variance
    from fitted
    where theta is not null
),

measured as (
    select
        *,
        sqrt(greatest(control_left + treatment_left, 0)) as cuped_standard_error,
        {{ welch_degrees(
            'control_left', 'control_effective_n',
            'treatment_left', 'treatment_effective_n'
        ) }} as degrees
    from adjusted
),

tested as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        cuped_difference,
        cuped_standard_error,
        cuped_difference - t_quantile(0.975, degrees) * cuped_standard_error
            as cuped_difference_low,
        cuped_difference + t_quantile(0.975, degrees) * cuped_standard_error
            as cuped_difference_high,
        2 * t_cdf(-abs(cuped_difference / nullif(cuped_standard_error, 0)), degrees)
            as cuped_p_value,
        degrees as cuped_df,
        1 - power(cuped_standard_error, 2) / nullif(plain_variance, 0)
            as variance_reduction
    from measured
)

select * from tested
