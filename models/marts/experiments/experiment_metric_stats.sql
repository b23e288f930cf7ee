-- One row per experiment, variant, metric and segment: the sums that every test of it is made of.
with stats as (
    select
        experiment_id,
        variant,
        metric_name,
        kind,
        segment_type,
        segment,
        n,
        n_mature,
        mean,
        variance,
        denominator_mean,
        denominator_variance,
        denominator_covariance,
        pre_mean,
        pre_variance,
        pre_covariance
    from {{ ref('int_experiment_stats') }}
    where segment_type in ('all', 'device_type', 'country', 'customer_type')
)

select * from stats
