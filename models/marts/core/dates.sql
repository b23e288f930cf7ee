with bounds as (
    select
        first_day,
        cast({{ dbt.dateadd('year', 2, 'as_of_date') }} as date) as two_years_on
    from {{ as_of() }}
),

digits as (
    select digits.digit
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as digits (digit)
),

numbers as (
    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as day_number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands
),

days as (
    select
        cast({{ dbt.dateadd('day', 'day_number', 'first_day') }} as date) as date_day,
        cast({{ dbt.date_trunc('year', 'two_years_on') }} as date) as end_day
    from numbers
    cross join bounds
),

described as (
    select
        date_day,
        cast(extract(year from date_day) as integer) as year,
        cast({{ dbt.date_trunc('week', 'date_day') }} as date) as week_start,
        {{ month_of('date_day') }} as month_start,
        cast({{ dbt.date_trunc('quarter', 'date_day') }} as date) as quarter_start
    from days
    where date_day < end_day
),

with_weekdays as (
    select
        date_day,
        year,
        cast(
            {{ dbt.datediff('week_start', 'date_day', 'day') }} + 1 as integer
        ) as iso_weekday,
        {{ dbt.datediff('week_start', 'date_day', 'day') }} >= 5 as is_weekend,
        week_start,
        month_start,
        quarter_start
    from described
)

select * from with_weekdays
