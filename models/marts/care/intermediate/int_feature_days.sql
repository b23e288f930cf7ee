-- One row per day on which features are made: the first of each month, and the day after as_of. What is known before it counts.
with as_of as (
    select as_of_date from {{ as_of() }}
),

months as (
    select distinct dates.month_start as feature_date
    from {{ ref('dates') }} as dates
    inner join as_of on dates.month_start <= as_of.as_of_date
)

select
    feature_date,
    {{ first_moment_of('feature_date') }} as feature_at
from months
union
select
    cast({{ dbt.dateadd('day', 1, 'as_of_date') }} as date) as feature_date,
    {{ first_moment_after('as_of_date') }} as feature_at
from as_of
