-- One row per experiment, variant, metric and segment: the sums that every test of it is made of.
with stats as (
    select *
    from {{ ref('int_experiment_stats') }}
    where {{ is_segment() }}
),

plans as (
    select
        experiment_id,
        metric_name
    from {{ ref('int_experiment_plans') }}
)

select
    stats.experiment_id,
    stats.variant,
    stats.metric_name,
    stats.kind,
    stats.segment_type,
    stats.segment,
    stats.n,
    stats.n_mature,
    stats.mean,
    stats.variance,
    stats.denominator_mean,
    stats.denominator_variance,
    stats.denominator_covariance,
    stats.pre_mean,
    stats.pre_variance,
    stats.pre_covariance
from stats
inner join plans
    on
        stats.experiment_id = plans.experiment_id
        and stats.metric_name = plans.metric_name
