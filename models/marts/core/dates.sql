-- One row per calendar day, from the first fact to the end of the year after as_of.
with as_of as (
    select as_of_date from {{ as_of() }}
),

facts as (
    select day from {{ ref('int_money_days') }}
    union all
    select {{ reporting_date('created_at') }} from {{ ref('stg_app__customers') }}
    union all
    select {{ reporting_date('effective_at') }}
    from {{ ref('stg_app__subscription_changes') }}
    union all
    select {{ reporting_date('occurred_at') }} from {{ ref('stg_events__events') }}
),

limits as (
    select
        as_of_date,
        cast({{ dbt.dateadd('year', -40, 'as_of_date') }} as date) as oldest_day,
        cast({{ dbt.dateadd('year', 2, 'as_of_date') }} as date) as two_years_on
    from as_of
),

-- A fact of more than 40 years ago is a typing error, or an empty date written as 0.
bounds as (
    select
        coalesce(min(facts.day), max(limits.as_of_date)) as first_day,
        max(limits.two_years_on) as two_years_on
    from limits
    left join facts
        on limits.oldest_day <= facts.day and limits.as_of_date >= facts.day
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
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
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
