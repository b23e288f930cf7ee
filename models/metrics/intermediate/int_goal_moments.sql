-- One row per goal and day on which it is looked at: as_of, and in the back-test many days of the past.
with goals as (
    select
        goal_id,
        metric_name,
        brand,
        period_start,
        period_end,
        target,
        direction
    from {{ ref('metric_goals') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

moments as (
    select
        goals.*,
        as_of.as_of_date as forecast_on
    from goals
    cross join as_of
)

select * from moments
