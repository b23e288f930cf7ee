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
