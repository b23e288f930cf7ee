with traffic as (
    select
        brand,
        unit,
        day_number
    from {{ ref('int_experiment_traffic') }}
),

numbers as (
    select {{ dbt.datediff('min(date_day) over ()', 'date_day', 'day') }} as number
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
        numbers.number + 1 as day_number,
        cast(
            sum(coalesce(arrivals.units, 0)) over (
                partition by kinds.brand, kinds.unit order by numbers.number
            ) as bigint
        ) as units
    from kinds
    inner join numbers
        on numbers.number < {{ var('planning_days') }}
    left join arrivals
        on
            kinds.brand = arrivals.brand
            and kinds.unit = arrivals.unit
            and arrivals.day_number = numbers.number + 1
)

select * from days
