-- One row per experiment and analysed unit, and per unit of the traffic that experiments are planned by, which is measured in
-- the same way.
with exposures as (
    select
        experiment_id,
        unit_id,
        customer_id,
        anonymous_id,
        brand,
        unit,
        variant,
        device_type,
        country_code,
        customer_type,
        exposed_date,
        exposed_at
    from {{ ref('exposures') }}
    where is_analysed
),

traffic as (
    select
        experiment_id,
        unit_id,
        customer_id,
        anonymous_id,
        brand,
        unit,
        'traffic' as variant,
        'unknown' as device_type,
        'unknown' as country_code,
        'unknown' as customer_type,
        {{ reporting_date('min(exposed_at) over (partition by experiment_id)') }}
            as exposed_date,
        exposed_at
    from {{ ref('int_experiment_traffic') }}
),

units as (
    select * from exposures
    union all
    select * from traffic
)

select * from units
