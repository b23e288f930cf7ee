with as_of as (
    select as_of_date from {{ as_of() }}
),

months as (
    select distinct
        dates.month_start as feature_date,
        {{ first_moment_of('dates.month_start') }} as feature_at
    from {{ ref('dates') }} as dates
    inner join as_of on dates.month_start <= as_of.as_of_date
),

next_day as (
    select
        cast({{ dbt.dateadd('day', 1, 'as_of_date') }} as date) as feature_date,
        {{ first_moment_after('as_of_date') }} as feature_at
    from as_of
),

feature_days as (
    select * from months
    union
    select * from next_day
)

select * from feature_days
