-- One row: the days that the metrics cover, from the first fact to as_of.
with dates as (
    select date_day from {{ ref('dates') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

bounds as (
    select
        min(dates.date_day) as first_day,
        as_of.as_of_date
    from as_of
    inner join dates
        on as_of.as_of_date >= dates.date_day
    group by as_of.as_of_date
)

select * from bounds
