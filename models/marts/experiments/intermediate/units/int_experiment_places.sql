with cells as (
    select * from {{ ref('int_experiment_cells') }}
),

place_types as (
    select 'all' as place_type
    union all
    select 'device_type' as place_type
    union all
    select 'country' as place_type
    union all
    select 'customer_type' as place_type
    union all
    select 'exposed_on' as place_type
),

places as (
    select
        cells.cell_id,
        cells.population_kind,
        cells.population_id,
        cells.variant,
        place_types.place_type,
        case place_types.place_type
            when 'device_type' then cells.device_type
            when 'country' then cells.country_code
            when 'customer_type' then cells.customer_type
            when 'exposed_on' then cast(cells.exposed_date as varchar)
            else 'all'
        end as place,
        cells.n,
        cells.exposed_date
    from cells
    cross join place_types
    where
        cells.population_kind = 'experiment'
        or place_types.place_type = 'all'
)

select * from places
