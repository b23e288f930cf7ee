with cells as (
    select
        population_kind,
        population_id,
        variant,
        device_type,
        country_code,
        customer_type,
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
                exposed_date
        ) as cell_id,
        *
    from cells
)

select * from numbered
