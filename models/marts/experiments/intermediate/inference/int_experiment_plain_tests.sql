with comparisons as (
    select *
    from {{ ref('int_experiment_comparisons') }}
    where problem is null
),

-- A lift whose error is fifty times itself may be anything: its interval stays finite.
spread as (
    select
        *,
        {{ welch_degrees(
            'control_value_variance', 'control_effective_n',
            'treatment_value_variance', 'treatment_effective_n'
        ) }} as degrees,
        control_value * control_effective_n as control_count,
        treatment_value * treatment_effective_n as treatment_count,
        (control_value * control_effective_n + treatment_value * treatment_effective_n)
        / (control_effective_n + treatment_effective_n) as pooled_share,
        sqrt(
            treatment_value_variance / nullif(power(control_value, 2), 0)
            + power(treatment_value, 2) * control_value_variance
            / nullif(power(control_value, 4), 0)
        ) as lift_standard_error,
        case
            when least(control_value, treatment_value) > 0
                then
                    least(50, sqrt(
                        control_value_variance / power(control_value, 2)
                        + treatment_value_variance / power(treatment_value, 2)
                    ))
        end as log_standard_error
    from comparisons
),

-- Proportions by the pooled z, their interval by Newcombe's method 10; the rest by Welch's t.
measured as (
    select
        *,
        case
            when kind = 'proportion'
                then
                    difference
                    / nullif(
                        sqrt(
                            greatest(pooled_share * (1 - pooled_share), 0)
                            * (1.0 / control_effective_n + 1.0 / treatment_effective_n)
                        ),
                        0
                    )
            when difference > 0 then difference / low_error
            else difference / high_error
        end as t,
        case
            when kind = 'proportion' then {{ z_95() }}
            else t_quantile(0.975, degrees)
        end as quantile,
        case
            when kind = 'proportion'
                then
                    {{ newcombe_low(
                        'treatment_value',
                        wilson_low('treatment_count', 'treatment_effective_n'),
                        'control_value',
                        wilson_high('control_count', 'control_effective_n')
                    ) }}
        end as score_low,
        case
            when kind = 'proportion'
                then
                    {{ newcombe_high(
                        'treatment_value',
                        wilson_high('treatment_count', 'treatment_effective_n'),
                        'control_value',
                        wilson_low('control_count', 'control_effective_n')
                    ) }}
        end as score_high,
        difference / nullif(abs(control_value), 0) as relative_lift
    from spread
),

tested as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type,
        place,
        standard_error,
        coalesce(score_low, difference - quantile * low_error) as difference_low,
        coalesce(score_high, difference + quantile * high_error) as difference_high,
        relative_lift,
        relative_lift - quantile * lift_standard_error as relative_lift_low,
        relative_lift + quantile * lift_standard_error as relative_lift_high,
        2 * t_cdf(-abs(relative_lift / nullif(lift_standard_error, 0)), degrees)
            as relative_lift_p_value,
        (1 + relative_lift) * exp(-quantile * log_standard_error) - 1 as log_lift_low,
        (1 + relative_lift) * exp(quantile * log_standard_error) - 1 as log_lift_high,
        t,
        case when kind <> 'proportion' then degrees end as df,
        case
            when kind = 'proportion' then 2 * normal_cdf(-abs(t))
            else 2 * t_cdf(-abs(t), degrees)
        end as p_value,
        -- both shares believed to be anything before (Beta(1, 1)); not asked of days
        case
            when kind = 'proportion' and {{ is_segment('place_type') }}
                then
                    beta_superiority(
                        1 + round(control_count),
                        1 + round(control_effective_n - control_count),
                        1 + round(treatment_count),
                        1 + round(treatment_effective_n - treatment_count)
                    )
        end as probability_better,
        ({{ z_95() }} + normal_quantile({{ var('planning_power') }})) * standard_error
            as minimum_detectable_effect
    from measured
)

select * from tested
