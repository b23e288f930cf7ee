with stats as (
    select *
    from {{ ref('int_experiment_stats') }}
    where population_kind = 'experiment' and {{ is_segment('place_type') }}
),

segments as (
    select
        population_id as experiment_id,
        variant,
        metric_name,
        kind,
        place_type as segment_type,
        place as segment,
        phase,
        n,
        n_mature,
        cast(coalesce(n_converted, 0) as bigint) as n_converted,
        mean,
        variance,
        denominator_mean,
        denominator_variance,
        denominator_covariance,
        pre_mean,
        pre_variance,
        pre_covariance,
        second_pre_mean,
        second_pre_variance,
        second_pre_covariance,
        denominator_pre_covariance,
        denominator_second_pre_covariance,
        both_pre_covariance
    from stats
)

select * from segments
