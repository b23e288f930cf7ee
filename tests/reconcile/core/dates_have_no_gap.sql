-- Why: a day missing from the calendar is a day missing from every metric.
-- Threshold: none. Facts of more than 40 years before as_of, or after the year after it, are typing errors and are left out.
-- A failure means: dates skips a day, ends too early, or begins after a fact.
with as_of as (
    select as_of_date from {{ as_of() }}
),

calendar as (
    select
        min(date_day) as first_day,
        max(date_day) as last_day,
        count(distinct date_day) as day_count
    from {{ ref('dates') }}
),

facts as (
    select min(ordered_date) as first_day from {{ ref('orders') }}
    union all
    select min(created_date) from {{ ref('customers') }}
    union all
    select min(attempted_date) from {{ ref('payments') }}
),

first_fact as (
    select min(first_day) as first_day from facts
)

select
    calendar.*,
    first_fact.first_day as first_fact_day,
    as_of.as_of_date
from calendar
cross join as_of
cross join first_fact
where
    (
        {{ dbt.datediff('calendar.first_day', 'calendar.last_day', 'day') }} + 1
        = calendar.day_count
    ) is not true
    or (
        extract(year from calendar.last_day)
        = extract(year from as_of.as_of_date) + 1
    ) is not true
    or calendar.first_day > as_of.as_of_date
    or (
        calendar.first_day > first_fact.first_day
        and first_fact.first_day
        >= cast({{ dbt.dateadd('year', -40, 'as_of.as_of_date') }} as date)
    )
