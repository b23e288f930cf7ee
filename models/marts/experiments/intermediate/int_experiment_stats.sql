-- One row per experiment, variant, metric and place (a segment, a day of exposure, all days up to one): the sums that every
-- test of it is made of.
with places as (
    select * from {{ ref('int_experiment_places') }}
),

plans as (
    select
        experiment_id,
        metric_name,
        kind
    from {{ ref('int_experiment_plans') }}
    where is_known_metric
),

sums as (
    select * from {{ ref('int_experiment_sums') }}
),

centres as (
    select
        experiment_id,
        metric_name,
        max(centre) as centre,
        max(denominator_centre) as denominator_centre,
        max(pre_centre) as pre_centre
    from sums
    group by experiment_id, metric_name
),

added as (
    select
        places.experiment_id,
        places.variant,
        plans.metric_name,
        plans.kind,
        places.segment_type,
        places.segment,
        cast(sum(places.n) as bigint) as n,
        cast(sum(sums.n_mature) as bigint) as n_mature,
        sum(sums.total) as total,
        sum(sums.denominator_total) as denominator_total,
        sum(sums.pre_total) as pre_total,
        sum(sums.squares) as squares,
        sum(sums.denominator_squares) as denominator_squares,
        sum(sums.pre_squares) as pre_squares,
        sum(sums.denominator_products) as denominator_products,
        sum(sums.pre_products) as pre_products
    from places
    inner join plans
        on places.experiment_id = plans.experiment_id
    left join sums
        on
            places.cell_id = sums.cell_id
            and plans.metric_name = sums.metric_name
    group by
        places.experiment_id,
        places.variant,
        plans.metric_name,
        plans.kind,
        places.segment_type,
        places.segment
),

arms as (
    select distinct
        experiment_id,
        variant,
        metric_name,
        kind
    from added
),

exposed_days as (
    select distinct
        experiment_id,
        segment
    from added
    where segment_type = 'exposed_on'
),

-- A day on which only one arm was exposed carries what the other had before.
until_days as (
    select
        arms.experiment_id,
        arms.variant,
        arms.metric_name,
        arms.kind,
        'exposed_until' as segment_type,
        exposed_days.segment,
        cast(sum(added.n) over days as bigint) as n,
        cast(sum(added.n_mature) over days as bigint) as n_mature,
        sum(added.total) over days as total,
        sum(added.denominator_total) over days as denominator_total,
        sum(added.pre_total) over days as pre_total,
        sum(added.squares) over days as squares,
        sum(added.denominator_squares) over days as denominator_squares,
        sum(added.pre_squares) over days as pre_squares,
        sum(added.denominator_products) over days as denominator_products,
        sum(added.pre_products) over days as pre_products
    from arms
    inner join exposed_days
        on arms.experiment_id = exposed_days.experiment_id
    left join added
        on
            arms.experiment_id = added.experiment_id
            and arms.variant = added.variant
            and arms.metric_name = added.metric_name
            and added.segment_type = 'exposed_on'
            and exposed_days.segment = added.segment
    window days as (
        partition by arms.experiment_id, arms.variant, arms.metric_name
        order by exposed_days.segment
        rows between unbounded preceding and current row
    )
),

whole as (
    select * from added
    union all
    select * from until_days
),

-- The sum of the values themselves is exact, so that no mean is nearly 0 where it is 0.
counted as (
    select
        whole.experiment_id,
        whole.variant,
        whole.metric_name,
        whole.kind,
        whole.segment_type,
        whole.segment,
        whole.n,
        coalesce(whole.n_mature, 0) as n_mature,
        cast(whole.total as double) as total,
        cast(whole.denominator_total as double) as denominator_total,
        cast(whole.pre_total as double) as pre_total,
        cast(whole.squares as double) as squares,
        cast(whole.denominator_squares as double) as denominator_squares,
        cast(whole.pre_squares as double) as pre_squares,
        cast(whole.denominator_products as double) as denominator_products,
        cast(whole.pre_products as double) as pre_products,
        cast(centres.centre * whole.n_mature + whole.total as double) as value_total,
        cast(
            centres.denominator_centre * whole.n_mature
            + whole.denominator_total as double
        ) as denominator_value_total,
        cast(centres.pre_centre * whole.n_mature + whole.pre_total as double)
            as pre_value_total
    from whole
    left join centres
        on
            whole.experiment_id = centres.experiment_id
            and whole.metric_name = centres.metric_name
    where whole.n > 0
),

variances as (
    select
        *,
        {{ variance_of('squares', 'total') }} as variance,
        {{ variance_of('denominator_squares', 'denominator_total') }}
            as denominator_variance,
        {{ variance_of('pre_squares', 'pre_total') }} as pre_variance
    from counted
),

stats as (
    select
        experiment_id,
        variant,
        metric_name,
        kind,
        segment_type,
        segment,
        n,
        n_mature,
        value_total / nullif(n_mature, 0) as mean,
        variance,
        denominator_value_total / nullif(n_mature, 0) as denominator_mean,
        denominator_variance,
        case
            when variance = 0 or denominator_variance = 0 then 0
            else
                {{ covariance_of(
                    'denominator_products', 'total', 'denominator_total'
                ) }}
        end as denominator_covariance,
        pre_value_total / nullif(n_mature, 0) as pre_mean,
        pre_variance,
        case
            when variance = 0 or pre_variance = 0 then 0
            else {{ covariance_of('pre_products', 'total', 'pre_total') }}
        end as pre_covariance
    from variances
)

select * from stats
