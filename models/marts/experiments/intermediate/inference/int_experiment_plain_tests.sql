with comparisons as (
    select *
    from {{ ref('int_experiment_comparisons') }}
    where problem is null
),

spread as (
    select
        *,
        {{ welch_degrees(
            'control_value_variance', 'control_n_mature',
            'treatment_value_variance', 'treatment_n_mature'
        ) }} as degrees,
        (control_value * control_n_mature + treatment_value * treatment_n_mature)
        / n_mature as pooled_share,
        case
            when control_value <> 0
                then
                    sqrt(
                        treatment_value_variance / power(control_value, 2)
                        + power(treatment_value, 2) * control_value_variance
                        / power(control_value, 4)
                    )
        end as lift_standard_error
    from comparisons
),

-- Proportions by the pooled z, the rest by Welch's t.
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
                            * (1.0 / control_n_mature + 1.0 / treatment_n_mature)
                        ),
                        0
                    )
            else difference / standard_error
        end as t,
        case
            when kind = 'proportion' then {{ z_95() }}
            else t_quantile(0.975, degrees)
        end as quantile,
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
        difference - quantile * standard_error as difference_low,
        difference + quantile * standard_error as difference_high,
        relative_lift,
        relative_lift - quantile * lift_standard_error as relative_lift_low,
        relative_lift + quantile * lift_standard_error as relative_lift_high,
        2 * t_cdf(-abs(relative_lift / nullif(lift_standard_error, 0)), degrees)
            as relative_lift_p_value,
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
                        1 + round(control_value * control_n_mature),
                        1 + round((1 - control_value) * control_n_mature),
                        1 + round(treatment_value * treatment_n_mature),
                        1 + round((1 - treatment_value) * treatment_n_mature)
                    )
        end as probability_better,
        ({{ z_95() }} + normal_quantile({{ var('planning_power') }})) * standard_error
            as minimum_detectable_effect
    from measured
)

select * from tested
