with traffic as (
    select
        brand,
        unit,
        day_number
    from {{ ref('int_experiment_traffic') }}
),

numbers as (
    select {{ dbt.datediff('min(date_day) over ()', 'date_day', 'day') }} + 1
        as day_number
    from {{ ref('dates') }}
),

kinds as (
    select distinct
        brand,
        unit
    from traffic
),

arrivals as (
    select
        brand,
        unit,
        day_number,
        count(*) as units
    from traffic
    group by brand, unit, day_number
),

days as (
    select
        kinds.brand,
        kinds.unit,
        numbers.day_number,
        cast(
            sum(coalesce(arrivals.units, 0)) over (
                partition by kinds.brand, kinds.unit order by numbers.day_number
            ) as bigint
        ) as units
    from kinds
    inner join numbers
        on numbers.day_number <= {{ var('planning_days') }}
    left join arrivals
        on
            kinds.brand = arrivals.brand
            and kinds.unit = arrivals.unit
            and numbers.day_number = arrivals.day_number
)

select * from days
