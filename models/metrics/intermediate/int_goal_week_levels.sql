-- Weeks are counted backwards from the day of the look: week_age 0 is the last one.
with days as (
    select
        goal_id,
        forecast_on,
        is_ratio,
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
        is_ratio,
        week_age,
        sum(numerator) as numerator,
        sum(volume) as volume
    from days
    where
        week_age < {{ var('goal_surprise_weeks') }} + {{ var('goal_usual_weeks') }}
    group by goal_id, forecast_on, is_ratio, week_age
    having count(*) = 7
),

expected as (
    select
        *,
        avg(numerator) over weeks_before as expected_numerator,
        avg(volume) over weeks_before as expected_volume,
        count(*) over weeks_before = {{ var('goal_usual_weeks') }} as is_foretold
    from weeks
    window weeks_before as (
        partition by goal_id, forecast_on
        order by week_age desc
        rows between {{ var('goal_usual_weeks') }} preceding and 1 preceding
    )
),

-- Of a ratio, the volume of the week is known: only what came of it is a surprise.
compared as (
    select
        *,
        numerator - case
            when is_ratio
                then volume * expected_numerator / nullif(expected_volume, 0)
            else expected_numerator
        end as surprise,
        week_age < {{ var('goal_usual_weeks') }} as is_usual,
        week_age < {{ var('goal_surprise_weeks') }}
        and is_foretold
        and expected_volume > 0 as is_measured
    from expected
),

-- The variance of a week grows with its volume, as that of counts does: the dispersion is the variance of one unit.
levels as (
    select
        goal_id,
        forecast_on,
        avg(numerator) filter (where is_usual) as weekly_numerator,
        avg(volume) filter (where is_usual) as weekly_volume,
        avg(
            cast(power(surprise, 2) / nullif(expected_volume, 0) as decimal(38, 12))
        ) filter (where is_measured) as dispersion,
        count(*) filter (where is_measured) as degrees_of_freedom
    from compared
    group by goal_id, forecast_on
)

select * from levels
