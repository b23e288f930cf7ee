-- One row per goal, day on which it is looked at and full week of seven days before it (week_age 0 is the last one),
-- with what the six weeks before that week foretold of it.
with days as (
    select
        goal_id,
        forecast_on,
        date_day,
        numerator,
        volume,
        cast(
            floor({{ dbt.datediff('date_day', 'forecast_on', 'day') }} / 7) as integer
        ) as week_age
    from {{ ref('int_goal_days') }}
    where date_day >= first_day
),

weeks as (
    select
        goal_id,
        forecast_on,
        week_age,
        sum(numerator) as numerator,
        sum(volume) as volume
    from days
    where week_age < 52
    group by goal_id, forecast_on, week_age
    having count(*) = 7
),

foretold as (
    select
        *,
        avg(numerator) over six_weeks_before as expected_numerator,
        avg(volume) over six_weeks_before as expected_volume,
        count(*) over six_weeks_before as weeks_before
    from weeks
    window six_weeks_before as (
        partition by goal_id, forecast_on
        order by week_age desc
        rows between 6 preceding and 1 preceding
    )
)

select * from foretold
