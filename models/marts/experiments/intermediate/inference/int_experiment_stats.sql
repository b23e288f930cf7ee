with moments as (
    select * from {{ ref('int_experiment_moments') }}
),

quantiles as (
    select * from {{ ref('int_experiment_quantiles') }}
),

measures as (
    select
        population_kind,
        population_id,
        metric_name,
        kind
    from {{ ref('int_experiment_measures') }}
),

-- A quantile takes the place of the mean; its past stays that of the mean.
stats as (
    select
        moments.population_kind,
        moments.population_id,
        moments.variant,
        moments.phase,
        moments.metric_name,
        measures.kind,
        moments.place_type,
        moments.place,
        moments.n,
        moments.n_mature,
        moments.n_converted,
        moments.n_converted_before,
        case
            when measures.kind = 'quantile' then quantiles.quantile_value
            else moments.mean
        end as mean,
        case
            when measures.kind = 'quantile' then quantiles.variance
            else moments.variance
        end as variance,
        quantiles.variance_below,
        quantiles.variance_above,
        moments.denominator_mean,
        moments.denominator_variance,
        moments.denominator_covariance,
        moments.pre_mean,
        moments.pre_variance,
        moments.pre_covariance,
        moments.second_pre_mean,
        moments.second_pre_variance,
        moments.second_pre_covariance,
        moments.denominator_pre_covariance,
        moments.denominator_second_pre_covariance,
        moments.both_pre_covariance
    from moments
    inner join measures
        on
            moments.population_kind = measures.population_kind
            and moments.population_id = measures.population_id
            and moments.metric_name = measures.metric_name
    left join quantiles
        on
            moments.population_kind = quantiles.population_kind
            and moments.population_id = quantiles.population_id
            and moments.variant = quantiles.variant
            and moments.phase = quantiles.phase
            and moments.metric_name = quantiles.metric_name
            and moments.place_type = quantiles.place_type
            and moments.place = quantiles.place
)

select * from stats
