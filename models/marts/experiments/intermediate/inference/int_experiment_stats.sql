with totals as (
    select * from {{ ref('int_experiment_totals') }}
),

measures as (
    select
        population_kind,
        population_id,
        metric_name,
        kind
    from {{ ref('int_experiment_measures') }}
),

centred as (
    select
        totals.*,
        measures.kind,
        cast(totals.total / nullif(totals.n_mature, 0) as decimal(18, 6)) as centre,
        cast(totals.denominator_total / nullif(totals.n_mature, 0) as decimal(18, 6))
            as denominator_centre,
        cast(totals.pre_total / nullif(totals.n_mature, 0) as decimal(18, 6))
            as pre_centre
    from totals
    inner join measures
        on
            totals.population_kind = measures.population_kind
            and totals.population_id = measures.population_id
            and totals.metric_name = measures.metric_name
),

-- Sums of distances to the means, still exact: what becomes a double is small where the spread is.
distances as (
    select
        population_kind,
        population_id,
        variant,
        phase,
        metric_name,
        kind,
        place_type,
        place,
        n,
        n_mature,
        n_converted,
        n_converted_before,
        cast(total as double) / nullif(n_mature, 0) as mean,
        cast(denominator_total as double) / nullif(n_mature, 0) as denominator_mean,
        cast(pre_total as double) / nullif(n_mature, 0) as pre_mean,
        {{ around('total', 'centre', 'n_mature') }} as total,
        {{ around('denominator_total', 'denominator_centre', 'n_mature') }}
            as denominator_total,
        {{ around('pre_total', 'pre_centre', 'n_mature') }} as pre_total,
        {{ products_around(
            'squares', 'total', 'centre', 'total', 'centre', 'n_mature'
        ) }} as squares,
        {{ products_around(
            'denominator_squares',
            'denominator_total', 'denominator_centre',
            'denominator_total', 'denominator_centre',
            'n_mature'
        ) }} as denominator_squares,
        {{ products_around(
            'pre_squares', 'pre_total', 'pre_centre', 'pre_total', 'pre_centre',
            'n_mature'
        ) }} as pre_squares,
        {{ products_around(
            'denominator_products', 'total', 'centre',
            'denominator_total', 'denominator_centre', 'n_mature'
        ) }} as denominator_products,
        {{ products_around(
            'pre_products', 'total', 'centre', 'pre_total', 'pre_centre', 'n_mature'
        ) }} as pre_products
    from centred
),

variances as (
    select
        *,
        {{ variance_of('squares', 'total', 'n_mature') }} as variance,
        {{ variance_of('denominator_squares', 'denominator_total', 'n_mature') }}
            as denominator_variance,
        {{ variance_of('pre_squares', 'pre_total', 'n_mature') }} as pre_variance
    from distances
),

covariances as (
    select
        population_kind,
        population_id,
        variant,
        phase,
        metric_name,
        kind,
        place_type,
        place,
        n,
        n_mature,
        n_converted,
        n_converted_before,
        mean,
        variance,
        denominator_mean,
        denominator_variance,
        case
            when variance = 0 or denominator_variance = 0 then 0
            else
                {{ covariance_of(
                    'denominator_products', 'total', 'denominator_total', 'n_mature'
                ) }}
        end as denominator_covariance,
        pre_mean,
        pre_variance,
        case
            when variance = 0 or pre_variance = 0 then 0
            else {{ covariance_of('pre_products', 'total', 'pre_total', 'n_mature') }}
        end as pre_covariance
    from variances
)

select * from covariances
