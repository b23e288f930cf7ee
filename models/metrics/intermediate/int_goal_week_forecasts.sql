-- One row per goal and day on which it is looked at, for goals whose days add up: what the period will end with.
with moments as (
    select
        moments.goal_id,
        moments.forecast_on,
        moments.period_start,
        moments.period_end,
        definitions.projection
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
        numerator,
        volume,
        is_in_period
    from {{ ref('int_goal_days') }}
),

weeks as (
    select
        weeks.*,
        moments.projection
    from {{ ref('int_goal_weeks') }} as weeks
    inner join moments
        on
            weeks.goal_id = moments.goal_id
            and weeks.forecast_on = moments.forecast_on
),

actuals as (
    select
        goal_id,
        forecast_on,
        sum(numerator) as numerator,
        sum(volume) as volume
    from days
    where is_in_period
    group by goal_id, forecast_on
),

-- The variance of a week grows with its volume, as that of counts does; how fast is learnt from the last 26 weeks.
levels as (
    select
        goal_id,
        forecast_on,
        avg(numerator) filter (where week_age < 6) as weekly_numerator,
        avg(volume) filter (where week_age < 6) as weekly_volume,
        avg(
            cast(
                power(
                    numerator - case
                        when projection = 'sum' then expected_numerator
                        else
                            volume
                            * expected_numerator
                            / nullif(expected_volume, 0)
                    end, 2
                ) / nullif(expected_volume, 0) as decimal(38, 12)
            )
        ) filter (where week_age < 26 and weeks_before = 6 and expected_volume > 0)
            as dispersion,
        count(*) filter (
            where week_age < 26 and weeks_before = 6 and expected_volume > 0
        ) as degrees_of_freedom
    from weeks
    group by goal_id, forecast_on
),

weekdays as (
    select
        days.goal_id,
        days.forecast_on,
        dates.iso_weekday,
        cast(
            sum(days.volume)
            / nullif(
                sum(sum(days.volume)) over (
                    partition by days.goal_id, days.forecast_on
                ), 0
            ) as decimal(28, 15)
        ) as share
    from days
    inner join {{ ref('dates') }} as dates
        on days.date_day = dates.date_day
    where days.date_day > {{ dbt.dateadd('day', -56, 'days.forecast_on') }}
    group by days.goal_id, days.forecast_on, dates.iso_weekday
),

-- Days to come, as a number of average weeks: of the period, and before it begins.
remaining as (
    select
        moments.goal_id,
        moments.forecast_on,
        cast(sum(weekdays.share) as double) as weeks,
        min({{ dbt.datediff('moments.forecast_on', 'dates.date_day', 'day') }} - 1)
        / 7.0 as weeks_ahead
    from moments
    inner join {{ ref('dates') }} as dates
        on
            dates.date_day between moments.period_start and moments.period_end
            and moments.forecast_on < dates.date_day
    inner join weekdays
        on
            moments.goal_id = weekdays.goal_id
            and moments.forecast_on = weekdays.forecast_on
            and dates.iso_weekday = weekdays.iso_weekday
    group by moments.goal_id, moments.forecast_on
),

-- Of each week's surprise three tenths stay (q), so that surprises add up over the weeks to come.
spread as (
    select
        *,
        weeks
        + q * weeks * (weeks - 1)
        + q * q * weeks * (weeks - 1) * (2 * weeks - 1) / 6
        + q * q * weeks * weeks * weeks_ahead as weeks_of_variance
    from (
        select
            remaining.*,
            case when moments.projection = 'sum' then 0.3 else 0.15 end as q
        from remaining
        inner join moments
            on
                remaining.goal_id = moments.goal_id
                and remaining.forecast_on = moments.forecast_on
    ) as remaining
),

forecasts as (
    select
        moments.goal_id,
        moments.forecast_on,
        case
            when moments.projection = 'sum' then coalesce(actuals.numerator, 0)
            else actuals.numerator / nullif(actuals.volume, 0)
        end as actual_to_date,
        case
            when moments.projection = 'sum'
                then
                    coalesce(actuals.numerator, 0)
                    + coalesce(spread.weeks * levels.weekly_volume, 0)
            else
                (
                    coalesce(actuals.numerator, 0)
                    + coalesce(spread.weeks * levels.weekly_numerator, 0)
                )
                / nullif(
                    coalesce(actuals.volume, 0)
                    + coalesce(spread.weeks * levels.weekly_volume, 0),
                    0
                )
        end as projection,
        case
            when spread.weeks is null then 0
            else
                sqrt(
                    levels.dispersion
                    * greatest(levels.weekly_volume, 0)
                    * spread.weeks_of_variance
                )
                / case
                    when moments.projection = 'sum' then 1
                    else
                        coalesce(actuals.volume, 0)
                        + spread.weeks * levels.weekly_volume
                end
        end as standard_error,
        levels.degrees_of_freedom
    from moments
    left join actuals
        on
            moments.goal_id = actuals.goal_id
            and moments.forecast_on = actuals.forecast_on
    left join levels
        on
            moments.goal_id = levels.goal_id
            and moments.forecast_on = levels.forecast_on
    left join spread
        on
            moments.goal_id = spread.goal_id
            and moments.forecast_on = spread.forecast_on
)

select * from forecasts
