-- One row per cell and metric: sums over its mature units of the distances to a centre near the mean, and of their products.
-- Sums of squares of the values would lose a small spread around a large mean; decimals add up to the same in any order.
with cells as (
    select * from {{ ref('int_experiment_cells') }}
),

exposures as (
    select
        experiment_id,
        unit_id,
        variant,
        device_type,
        country_code,
        customer_type,
        exposed_date
    from {{ ref('exposures') }}
    where is_analysed
),

unit_values as (
    select
        experiment_id,
        metric_name,
        unit_id,
        unit_value,
        denominator,
        pre_value
    from {{ ref('int_experiment_values') }}
),

-- One centre for all arms of an experiment, so that cells add up.
centres as (
    select
        experiment_id,
        metric_name,
        cast(sum(unit_value) / count(*) as decimal(18, 6)) as centre,
        cast(sum(denominator) / count(*) as decimal(18, 6)) as denominator_centre,
        cast(sum(pre_value) / count(*) as decimal(18, 6)) as pre_centre
    from unit_values
    group by experiment_id, metric_name
),

-- Decimals of 19 digits, whose products are exact.
distances as (
    select
        cells.cell_id,
        unit_values.experiment_id,
        unit_values.metric_name,
        centres.centre,
        centres.denominator_centre,
        centres.pre_centre,
        cast(unit_values.unit_value - centres.centre as decimal(19, 6)) as distance,
        cast(unit_values.denominator - centres.denominator_centre as decimal(19, 6))
            as denominator_distance,
        cast(unit_values.pre_value - centres.pre_centre as decimal(19, 6))
            as pre_distance
    from unit_values
    inner join centres
        on
            unit_values.experiment_id = centres.experiment_id
            and unit_values.metric_name = centres.metric_name
    inner join exposures
        on
            unit_values.experiment_id = exposures.experiment_id
            and unit_values.unit_id = exposures.unit_id
    inner join cells
        on
            exposures.experiment_id = cells.experiment_id
            and exposures.variant = cells.variant
            and exposures.device_type = cells.device_type
            and exposures.country_code = cells.country_code
            and exposures.customer_type = cells.customer_type
            and exposures.exposed_date = cells.exposed_date
),

sums as (
    select
        cell_id,
        experiment_id,
        metric_name,
        max(centre) as centre,
        max(denominator_centre) as denominator_centre,
        max(pre_centre) as pre_centre,
        count(*) as n_mature,
        sum(distance) as total,
        sum(denominator_distance) as denominator_total,
        sum(pre_distance) as pre_total,
        sum(distance * distance) as squares,
        sum(denominator_distance * denominator_distance) as denominator_squares,
        sum(pre_distance * pre_distance) as pre_squares,
        sum(distance * denominator_distance) as denominator_products,
        sum(distance * pre_distance) as pre_products
    from distances
    group by cell_id, experiment_id, metric_name
)

select * from sums
