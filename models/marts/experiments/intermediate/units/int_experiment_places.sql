with cells as (
    select
        population_kind,
        population_id,
        variant,
        device_type,
        country_code,
        customer_type,
        phase,
        count(*) as n,
        exposed_date
    from {{ ref('int_experiment_units') }}
    group by
        population_kind,
        population_id,
        variant,
        device_type,
        country_code,
        customer_type,
        phase,
        exposed_date
),

numbered as (
    select
        row_number() over (
            order by
                population_kind,
                population_id,
                variant,
                device_type,
                country_code,
                customer_type,
                phase,
                exposed_date
        ) as cell_id,
        *
    from cells
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
        numbered.*,
        place_types.place_type,
        case place_types.place_type
            when 'device_type' then numbered.device_type
            when 'country' then numbered.country_code
            when 'customer_type' then numbered.customer_type
            when 'exposed_on' then cast(numbered.exposed_date as varchar)
            else 'all'
        end as place
    from numbered
    cross join place_types
    where
        numbered.population_kind = 'experiment'
        or place_types.place_type = 'all'
)

select * from places
