with moments as (
    select
        moments.goal_id,
        moments.forecast_on,
        definitions.projection = 'ratio' as is_ratio
    from {{ ref('int_goal_moments') }} as moments
    inner join {{ ref('metric_definitions') }} as definitions
        on moments.metric_name = definitions.metric_name
    where definitions.projection in ('sum', 'ratio')
),

actuals as (
    select
        goal_id,
        forecast_on,
        sum(numerator) as numerator,
        sum(volume) as volume
    from {{ ref('int_goal_days') }}
    where is_in_period
    group by goal_id, forecast_on
),

levels as (
    select * from {{ ref('int_goal_week_levels') }}
),

spread as (
    select * from {{ ref('int_goal_week_spread') }}
),

-- A sum is its numerator; a ratio is the numerator of the whole period over its volume.
totals as (
    select
        moments.goal_id,
        moments.forecast_on,
        coalesce(actuals.numerator, 0) as numerator,
        coalesce(actuals.numerator, 0)
        + coalesce(spread.weeks * levels.weekly_numerator, 0) as final_numerator,
        case when moments.is_ratio then coalesce(actuals.volume, 0) else 1 end
            as divisor,
        case
            when moments.is_ratio
                then
                    coalesce(actuals.volume, 0)
                    + coalesce(spread.weeks * levels.weekly_volume, 0)
            else 1
        end as final_divisor,
        case
            when spread.weeks is null then 0
            else
                sqrt(
                    levels.dispersion
                    * greatest(levels.weekly_volume, 0)
                    * spread.weeks_of_variance
                )
        end as numerator_error,
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
),

forecasts as (
    select
        goal_id,
        forecast_on,
        numerator / nullif(divisor, 0) as actual_to_date,
        final_numerator / nullif(final_divisor, 0) as projection,
        case
            when numerator_error = 0 then 0 else numerator_error / final_divisor
        end as standard_error,
        degrees_of_freedom
    from totals
)

select * from forecasts
