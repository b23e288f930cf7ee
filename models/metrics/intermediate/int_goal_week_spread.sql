with moments as (
    select
        moments.goal_id,
        moments.forecast_on,
        moments.period_start,
        moments.period_end,
        case
            when definitions.projection = 'ratio' then {{ var('goal_ratio_memory') }}
            else {{ var('goal_sum_memory') }}
        end as memory
    from {{ ref('int_goal_moments') }} as moments
    inner join {{ ref('metric_definitions') }} as definitions
        on moments.metric_name = definitions.metric_name
    where definitions.projection in ('sum', 'ratio')
),

days as (
    select
        goal_id,
        forecast_on,
        date_day,
        volume
    from {{ ref('int_goal_days') }}
),

dates as (
    select
        date_day,
        iso_weekday
    from {{ ref('dates') }}
),

weekdays as (
    select
        days.goal_id,
        days.forecast_on,
        dates.iso_weekday,
        sum(days.volume) as volume
    from days
    inner join dates
        on days.date_day = dates.date_day
    where
        days.date_day > {{ dbt.dateadd(
            'day', '-7 * ' ~ var('goal_weekday_weeks'), 'days.forecast_on'
        ) }}
    group by days.goal_id, days.forecast_on, dates.iso_weekday
),

shares as (
    select
        goal_id,
        forecast_on,
        iso_weekday,
        cast(
            volume / nullif(sum(volume) over (partition by goal_id, forecast_on), 0)
            as decimal(28, 15)
        ) as share
    from weekdays
),

-- Days to come, as a number of usual weeks: of the period, and before it begins.
remaining as (
    select
        moments.goal_id,
        moments.forecast_on,
        moments.memory,
        cast(sum(shares.share) as double) as weeks,
        min({{ dbt.datediff('moments.forecast_on', 'dates.date_day', 'day') }} - 1)
        / 7.0 as weeks_ahead
    from moments
    inner join dates
        on
            dates.date_day between moments.period_start and moments.period_end
            and moments.forecast_on < dates.date_day
    inner join shares
        on
            moments.goal_id = shares.goal_id
            and moments.forecast_on = shares.forecast_on
            and dates.iso_weekday = shares.iso_weekday
    group by moments.goal_id, moments.forecast_on, moments.memory
),

-- A part of each week's surprise stays, so that surprises add up over the weeks to come.
spread as (
    select
        goal_id,
        forecast_on,
        weeks,
        weeks
        + memory * weeks * (weeks - 1)
        + memory * memory * weeks * (weeks - 1) * (2 * weeks - 1) / 6
        + memory * memory * weeks * weeks * weeks_ahead as weeks_of_variance
    from remaining
)

select * from spread
