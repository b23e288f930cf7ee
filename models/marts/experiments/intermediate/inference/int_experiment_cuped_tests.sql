with fits as (
    select * from {{ ref('int_experiment_cuped_fits') }}
),

arms as (
    select * from {{ ref('int_experiment_arms') }}
),

measured as (
    select
        fits.*,
        arms.is_control,
        arms.effective_n as n,
        {{ estimate('arms') }} as estimate,
        case
            when arms.kind = 'ratio' then {{ estimate_spread('arms') }}
            else arms.variance
        end as spread,
        arms.pre_mean,
        arms.pre_variance,
        {{ estimate_covariance('arms', 'pre') }} as covariance,
        coalesce(arms.second_pre_mean, 0) as second_mean,
        coalesce(arms.second_pre_variance, 0) as second_variance,
        coalesce({{ estimate_covariance('arms', 'second_pre') }}, 0)
            as second_covariance,
        coalesce(arms.both_pre_covariance, 0) as both_covariance
    from fits
    inner join arms
        on
            fits.experiment_id = arms.experiment_id
            and fits.variant = arms.variant
            and fits.metric_name = arms.metric_name
            and fits.place_type = arms.place_type
            and fits.place = arms.place
),

-- What is left of the spread when the past is taken into account.
adjusted as (
    select
        *,
        {{ difference_or_zero(
            'spread + theta * theta * pre_variance'
            ~ ' + second_theta * second_theta * second_variance'
            ~ ' + 2 * theta * second_theta * both_covariance',
            '2 * (theta * covariance + second_theta * second_covariance)'
        ) }} / n as error_left,
        case when is_control then -1 else 1 end as side
    from measured
),

paired as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        sum(side * estimate)
        - max(theta) * sum(side * pre_mean)
        - max(second_theta) * sum(side * second_mean) as cuped_difference,
        sqrt(greatest(sum(error_left), 0)) as cuped_standard_error,
        sum(spread / n) as plain_variance,
        max(case when is_control then error_left end) as control_error,
        max(case when is_control then n end) as control_n,
        max(case when not is_control then error_left end) as treatment_error,
        max(case when not is_control then n end) as treatment_n
    from adjusted
    group by experiment_id, variant, metric_name, place_type, place
),

with_degrees as (
    select
        *,
        {{ welch_degrees(
            'control_error', 'control_n', 'treatment_error', 'treatment_n'
        ) }} as degrees
    from paired
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
    from with_degrees
)

select * from tested
