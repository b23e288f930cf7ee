with exposures as (
    select
        'experiment' as population_kind,
        experiment_id as population_id,
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

-- One arm, one place: a baseline is of all who came.
traffic as (
    select
        'traffic' as population_kind,
        population_id,
        unit_id,
        customer_id,
        anonymous_id,
        brand,
        unit,
        'all' as variant,
        'unknown' as device_type,
        'unknown' as country_code,
        'unknown' as customer_type,
        {{ reporting_date('min(exposed_at) over (partition by population_id)') }}
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
