with stats as (
    select *
    from {{ ref('int_experiment_stats') }}
    where population_kind = 'traffic'
),

traffic as (
    select distinct
        population_id,
        brand,
        unit
    from {{ ref('int_experiment_traffic') }}
),

baselines as (
    select
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
                    {{ difference_or_zero(
                        '1',
                        'power(stats.pre_covariance, 2) '
                        ~ '/ nullif(stats.variance * stats.pre_variance, 0)'
                    ) }}
        end as unexplained_share
    from stats
    inner join traffic
        on stats.population_id = traffic.population_id
)

select * from baselines
