with metrics as (
    select
        metric_name,
        quantile
    from {{ ref('experiment_metrics') }}
    where kind = 'quantile'
),

unit_values as (
    select
        unit_values.population_kind,
        unit_values.population_id,
        unit_values.metric_name,
        unit_values.unit_id,
        unit_values.unit_value,
        metrics.quantile
    from {{ ref('int_experiment_values') }} as unit_values
    inner join metrics
        on unit_values.metric_name = metrics.metric_name
),

places as (
    select * from {{ ref('int_experiment_places') }}
),

-- Units of a place that came to the same are one row.
counted as (
    select
        places.population_kind,
        places.population_id,
        places.variant,
        places.phase,
        unit_values.metric_name,
        unit_values.quantile,
        places.place_type,
        places.place,
        unit_values.unit_value,
        count(*) as units
    from unit_values
    inner join {{ ref('int_experiment_units') }} as units
        on
            unit_values.population_kind = units.population_kind
            and unit_values.population_id = units.population_id
            and unit_values.unit_id = units.unit_id
    inner join places
        on
            units.population_kind = places.population_kind
            and units.population_id = places.population_id
            and units.variant = places.variant
            and units.device_type = places.device_type
            and units.country_code = places.country_code
            and units.customer_type = places.customer_type
            and units.phase = places.phase
            and units.exposed_date = places.exposed_date
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
),

exposed_days as (
    select distinct
        population_id,
        place
    from places
    where place_type = 'exposed_on'
),

with_days_up_to as (
    select * from counted
    union all
    select
        counted.population_kind,
        counted.population_id,
        counted.variant,
        counted.phase,
        counted.metric_name,
        counted.quantile,
        'exposed_until' as place_type,
        exposed_days.place,
        counted.unit_value,
        sum(counted.units) as units
    from counted
    inner join exposed_days
        on
            counted.population_id = exposed_days.population_id
            and counted.place <= exposed_days.place
    where counted.place_type = 'exposed_on'
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
),

value_ranks as (
    select
        *,
        sum(units) over (of_place order by unit_value) - units + 1 as first_rank,
        sum(units) over (of_place order by unit_value) as last_rank,
        sum(units) over of_place as n
    from with_days_up_to
    window of_place as (
        partition by
            population_kind,
            population_id,
            variant,
            phase,
            metric_name,
            place_type,
            place
    )
)

select * from value_ranks
