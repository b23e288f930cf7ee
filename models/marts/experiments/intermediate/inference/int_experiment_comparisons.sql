with stats as (
    select *
    from {{ ref('int_experiment_stats') }}
    where population_kind = 'experiment'
),

-- With two controls there is nothing to compare with.
variants as (
    select
        experiment_id,
        variant,
        is_control,
        count(case when is_control then 1 end) over (partition by experiment_id)
            as control_count
    from {{ ref('stg_experiments__variants') }}
),

estimated as (
    select
        stats.*,
        variants.is_control,
        variants.control_count,
        {{ estimate('stats') }} as estimate,
        {{ estimate_spread('stats') }} / nullif(stats.n_mature, 0) as estimate_variance
    from stats
    inner join variants
        on
            stats.population_id = variants.experiment_id
            and stats.variant = variants.variant
),

paired as (
    select
        treated.population_id as experiment_id,
        treated.variant,
        controls.variant as control_variant,
        treated.metric_name,
        treated.kind,
        treated.place_type,
        treated.place,
        controls.n as control_n,
        treated.n as treatment_n,
        controls.n_mature as control_n_mature,
        treated.n_mature as treatment_n_mature,
        cast(controls.n_mature + treated.n_mature as double) as n_mature,
        controls.estimate as control_value,
        treated.estimate as treatment_value,
        controls.estimate_variance as control_value_variance,
        treated.estimate_variance as treatment_value_variance,
        treated.estimate - controls.estimate as difference,
        sqrt(greatest(controls.estimate_variance + treated.estimate_variance, 0))
            as standard_error,
        controls.mean as control_mean,
        treated.mean as treatment_mean,
        treated.pre_mean - controls.pre_mean as pre_difference,
        controls.variance as control_variance,
        treated.variance as treatment_variance,
        controls.pre_variance as control_pre_variance,
        treated.pre_variance as treatment_pre_variance,
        controls.pre_covariance as control_pre_covariance,
        treated.pre_covariance as treatment_pre_covariance,
        case
            when
                least(controls.n_mature, treated.n_mature) < 2
                then 'fewer than two units'
            when controls.estimate is null or treated.estimate is null
                then 'a denominator of zero'
            when
                controls.estimate_variance + treated.estimate_variance <= 0
                and treated.kind = 'winsorised_mean'
                then 'a cap of zero, or no variance'
            when controls.estimate_variance + treated.estimate_variance <= 0
                then 'no variance'
        end as problem
    from estimated as treated
    inner join estimated as controls
        on
            treated.population_id = controls.population_id
            and treated.metric_name = controls.metric_name
            and treated.place_type = controls.place_type
            and treated.place = controls.place
    where
        controls.is_control
        and controls.control_count = 1
        and not treated.is_control
)

select * from paired
