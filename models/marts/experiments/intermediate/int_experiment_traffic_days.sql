-- One row per brand, kind of unit and day of the planning window: how many units had come by its end.
with traffic as (
    select
        experiment_id,
        brand,
        unit,
        day_number
    from {{ ref('int_experiment_traffic') }}
),

numbers as (
    select row_number() over (order by date_day) as day_number
    from {{ ref('dates') }}
),

kinds as (
    select distinct
        experiment_id,
        brand,
        unit
    from traffic
),

arrivals as (
    select
        experiment_id,
        day_number,
        count(*) as units
    from traffic
    group by experiment_id, day_number
),

days as (
    select
        kinds.experiment_id,
        kinds.brand,
        kinds.unit,
        numbers.day_number,
        cast(
            sum(coalesce(arrivals.units, 0)) over (
                partition by kinds.experiment_id order by numbers.day_number
            ) as bigint
        ) as units
    from kinds
    inner join numbers
        on numbers.day_number <= {{ var('planning_days') }}
    left join arrivals
        on
            kinds.experiment_id = arrivals.experiment_id
            and numbers.day_number = arrivals.day_number
)

select * from days
