-- One row per experiment, variant, metric and place: means, variances and covariances of its units.
with totals as (
    select * from {{ ref('int_experiment_totals') }}
),

measures as (
    select
        experiment_id,
        metric_name,
        kind
    from {{ ref('int_experiment_measures') }}
),

-- The means, in the decimals of the values.
centred as (
    select
        *,
        cast(total / nullif(n_mature, 0) as decimal(18, 6)) as centre,
        cast(denominator_total / nullif(n_mature, 0) as decimal(18, 6))
            as denominator_centre,
        cast(pre_total / nullif(n_mature, 0) as decimal(18, 6)) as pre_centre
    from totals
),

-- Sums of distances to them, still exact: what becomes a double is small where the spread is.
distances as (
    select
        experiment_id,
        variant,
        metric_name,
        segment_type,
        segment,
        n,
        n_mature,
        cast(total as double) / nullif(n_mature, 0) as mean,
        cast(denominator_total as double) / nullif(n_mature, 0) as denominator_mean,
        cast(pre_total as double) / nullif(n_mature, 0) as pre_mean,
        {{ around('total', 'centre') }} as total,
        {{ around('denominator_total', 'denominator_centre') }} as denominator_total,
        {{ around('pre_total', 'pre_centre') }} as pre_total,
        {{ products_around('squares', 'total', 'centre', 'total', 'centre') }}
            as squares,
        {{ products_around(
            'denominator_squares',
            'denominator_total', 'denominator_centre', 'denominator_total', 'denominator_centre'
        ) }} as denominator_squares,
        {{ products_around(
            'pre_squares', 'pre_total', 'pre_centre', 'pre_total', 'pre_centre'
        ) }} as pre_squares,
        {{ products_around(
            'denominator_products', 'total', 'centre', 'denominator_total', 'denominator_centre'
        ) }} as denominator_products,
        {{ products_around(
            'pre_products', 'total', 'centre', 'pre_total', 'pre_centre'
        ) }} as pre_products
    from centred
),

variances as (
    select
        *,
        {{ variance_of('squares', 'total') }} as variance,
        {{ variance_of('denominator_squares', 'denominator_total') }}
            as denominator_variance,
        {{ variance_of('pre_squares', 'pre_total') }} as pre_variance
    from distances
)

select
    variances.experiment_id,
    variances.variant,
    variances.metric_name,
    measures.kind,
    variances.segment_type,
    variances.segment,
    variances.n,
    variances.n_mature,
    variances.mean,
    variances.variance,
    variances.denominator_mean,
    variances.denominator_variance,
    case
        when variances.variance = 0 or variances.denominator_variance = 0 then 0
        else
            {{ covariance_of(
                'denominator_products', 'total', 'denominator_total'
            ) }}
    end as denominator_covariance,
    variances.pre_mean,
    variances.pre_variance,
    case
        when variances.variance = 0 or variances.pre_variance = 0 then 0
        else {{ covariance_of('pre_products', 'total', 'pre_total') }}
    end as pre_covariance
from variances
inner join measures
    on
        variances.experiment_id = measures.experiment_id
        and variances.metric_name = measures.metric_name
