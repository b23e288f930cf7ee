-- One row per cell and metric: exact sums over its mature units of their values, and of the products of these. Decimals
-- lose no small spread around a large mean, as squares of doubles do, and add up to the same in any order.
with cells as (
    select * from {{ ref('int_experiment_cells') }}
),

units as (
    select
        experiment_id,
        unit_id,
        variant,
        device_type,
        country_code,
        customer_type,
        exposed_date
    from {{ ref('int_experiment_units') }}
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

sums as (
    select
        units.experiment_id,
        units.variant,
        units.device_type,
        units.country_code,
        units.customer_type,
        units.exposed_date,
        unit_values.metric_name,
        count(*) as n_mature,
        {{ sums_of_products('unit_values.') }}
    from unit_values
    inner join units
        on
            unit_values.experiment_id = units.experiment_id
            and unit_values.unit_id = units.unit_id
    group by
        units.experiment_id,
        units.variant,
        units.device_type,
        units.country_code,
        units.customer_type,
        units.exposed_date,
        unit_values.metric_name
)

select
    cells.cell_id,
    sums.experiment_id,
    sums.metric_name,
    sums.n_mature,
    sums.total,
    sums.denominator_total,
    sums.pre_total,
    sums.squares,
    sums.denominator_squares,
    sums.pre_squares,
    sums.denominator_products,
    sums.pre_products
from sums
inner join cells
    on
        sums.experiment_id = cells.experiment_id
        and sums.variant = cells.variant
        and sums.device_type = cells.device_type
        and sums.country_code = cells.country_code
        and sums.customer_type = cells.customer_type
        and sums.exposed_date = cells.exposed_date
