-- One row per brand, kind of unit and metric: what it came to for whoever came, and how it spreads, per unit.
with stats as (
    select *
    from {{ ref('int_experiment_stats') }}
    where segment_type = 'all'
),

traffic as (
    select distinct
        experiment_id,
        brand,
        unit
    from {{ ref('int_experiment_traffic_days') }}
),

estimated as (
    select
        traffic.experiment_id,
        traffic.brand,
        traffic.unit,
        stats.metric_name,
        stats.kind,
        stats.n_mature,
        {{ estimate('stats') }} as baseline,
        {{ estimate_spread('stats') }} as spread,
        case
            when stats.kind <> 'ratio'
                then
                    {{ what_is_left(
                        '1',
                        'power(stats.pre_covariance, 2) '
                        ~ '/ nullif(stats.variance * stats.pre_variance, 0)'
                    ) }}
        end as unexplained_share
    from stats
    inner join traffic
        on stats.experiment_id = traffic.experiment_id
)

select * from estimated
