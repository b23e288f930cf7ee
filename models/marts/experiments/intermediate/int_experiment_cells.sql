-- One row per experiment, variant, kind of unit (device, country, new or returning) and day of exposure: how many were
-- analysed. Whatever is said of a segment or a day is added up from these.
with units as (
    select
        experiment_id,
        variant,
        device_type,
        country_code,
        customer_type,
        exposed_date
    from {{ ref('int_experiment_units') }}
),

cells as (
    select
        experiment_id,
        variant,
        device_type,
        country_code,
        customer_type,
        count(*) as n,
        exposed_date
    from units
    group by
        experiment_id,
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
                experiment_id,
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
