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

measured as (
    select
        traffic.brand,
        traffic.unit,
        stats.metric_name,
        stats.kind,
        stats.n_mature,
        {{ estimate('stats') }} as baseline,
        {{ estimate_spread('stats') }} as spread,
        case
            when stats.kind = 'ratio' then {{ estimate_spread('stats') }}
            else stats.variance
        end as explained_of,
        stats.pre_variance,
        {{ estimate_covariance('stats', 'pre') }} as covariance,
        coalesce(stats.second_pre_variance, 0) as second_variance,
        coalesce({{ estimate_covariance('stats', 'second_pre') }}, 0)
            as second_covariance,
        coalesce(stats.both_pre_covariance, 0) as both_covariance
    from stats
    inner join traffic
        on stats.population_id = traffic.population_id
),

fitted as (
    select
        *,
        {{ coefficient(
            'pre_variance', 'second_variance', 'both_covariance',
            'covariance', 'second_covariance', is_first=true
        ) }} as theta,
        {{ coefficient(
            'second_variance', 'pre_variance', 'both_covariance',
            'second_covariance', 'covariance', is_first=false
        ) }} as second_theta
    from measured
),

-- A quantile has no covariate. Of few units two covariates always explain something, by chance.
baselines as (
    select
        brand,
        unit,
        metric_name,
        kind,
        n_mature,
        baseline,
        spread,
        case
            when kind <> 'quantile' and theta is not null and n_mature > 3
                then
                    least(
                        1,
                        {{ difference_or_zero(
                            '1',
                            '(theta * covariance + second_theta * second_covariance) '
                            ~ '/ nullif(explained_of, 0)'
                        ) }}
                        * case
                            when pre_variance > 0 and second_variance > 0
                                then (n_mature - 1.0) / (n_mature - 3.0)
                            else 1
                        end
                    )
        end as unexplained_share
    from fitted
)

select * from baselines
