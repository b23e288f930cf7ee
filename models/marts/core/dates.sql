-- One row per calendar day, from the first fact to the end of the year after as_of.
with as_of as (
    select as_of_date from {{ ref('as_of') }}
),

first_facts as (
    select min(day) as first_day from {{ ref('int_money_days') }}
    union all
    select min({{ reporting_date('created_at') }}) from {{ ref('stg_app__customers') }}
    union all
    select min({{ reporting_date('occurred_at') }}) from {{ ref('stg_events__events') }}
),

-- A fact of more than 40 years ago is a typing error; a calendar from then on would serve nobody.
bounds as (
    select
        greatest(
            least(coalesce(min(first_facts.first_day), max(as_of.as_of_date)), max(as_of.as_of_date)),
            cast({{ dbt.dateadd('year', -40, 'max(as_of.as_of_date)') }} as date)
        ) as first_day,
        cast({{ dbt.date_trunc('year', dbt.dateadd('year', 2, 'max(as_of.as_of_date)')) }} as date) as end_day
    from first_facts
    cross join as_of
),

digits as (
    select digit
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
    select cast({{ dbt.dateadd('day', 'numbers.day_number', 'bounds.first_day') }} as date) as date_day
    from numbers
    inner join bounds
        on numbers.day_number < {{ dbt.datediff('bounds.first_day', 'bounds.end_day', 'day') }}
),

described as (
    select
        date_day,
        cast(extract(year from date_day) as integer) as year,
        cast({{ dbt.datediff(dbt.date_trunc('week', 'date_day'), 'date_day', 'day') }} + 1 as integer) as iso_weekday,
        {{ dbt.datediff(dbt.date_trunc('week', 'date_day'), 'date_day', 'day') }} >= 5 as is_weekend,
        cast({{ dbt.date_trunc('week', 'date_day') }} as date) as week_start,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
        cast({{ dbt.date_trunc('quarter', 'date_day') }} as date) as quarter_start
    from days
)

select * from described
