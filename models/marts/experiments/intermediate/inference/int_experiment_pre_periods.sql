with comparisons as (
    select *
    from {{ ref('int_experiment_comparisons') }}
    where
        place_type = 'all'
        and kind <> 'ratio'
        and pre_difference is not null
        and least(control_n_mature, treatment_n_mature) > 1
),

pre_periods as (
    select
        experiment_id,
        variant,
        metric_name,
        pre_difference,
        2 * t_cdf(
            -abs(pre_difference)
            / nullif(
                sqrt(
                    control_pre_variance / nullif(control_n_mature, 0)
                    + treatment_pre_variance / nullif(treatment_n_mature, 0)
                ),
                0
            ),
            {{ welch_degrees(
                'control_pre_variance / control_n_mature', 'control_n_mature',
                'treatment_pre_variance / treatment_n_mature', 'treatment_n_mature'
            ) }}
        ) as p_value
    from comparisons
)

select * from pre_periods
