with cells as (
    select *
    from {{ ref('int_experiment_places') }}
    where place_type = 'all'
),

units as (
    select
        population_kind,
        population_id,
        unit_id,
        variant,
        device_type,
        country_code,
        customer_type,
        phase,
        exposed_date
    from {{ ref('int_experiment_units') }}
),

unit_values as (
    select
        population_kind,
        population_id,
        metric_name,
        unit_id,
        unit_value,
        denominator,
        pre_value,
        second_pre_value
    from {{ ref('int_experiment_values') }}
),

-- Decimals lose no small spread around a large mean, as squares of doubles do.
sums as (
    select
        units.population_kind,
        units.population_id,
        units.variant,
        units.device_type,
        units.country_code,
        units.customer_type,
        units.phase,
        units.exposed_date,
        unit_values.metric_name,
        count(*) as n_mature,
        {{ sums_of_products(
            'unit_values.unit_value', 'unit_values.denominator',
            'unit_values.pre_value', 'unit_values.second_pre_value'
        ) }}
    from unit_values
    inner join units
        on
            unit_values.population_kind = units.population_kind
            and unit_values.population_id = units.population_id
            and unit_values.unit_id = units.unit_id
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
),

cell_sums as (
    select
        cells.cell_id,
        sums.metric_name,
        sums.n_mature,
        {{ columns_of_sums('sums.') }}
    from sums
    inner join cells
        on
            sums.population_kind = cells.population_kind
            and sums.population_id = cells.population_id
            and sums.variant = cells.variant
            and sums.device_type = cells.device_type
            and sums.country_code = cells.country_code
            and sums.customer_type = cells.customer_type
            and sums.phase = cells.phase
            and sums.exposed_date = cells.exposed_date
)

select * from cell_sums
