with moments as (
    select
        moments.goal_id,
        moments.forecast_on,
        definitions.unit = 'share' as is_share
    from {{ ref('int_goal_moments') }} as moments
    inner join {{ ref('metric_definitions') }} as definitions
        on moments.metric_name = definitions.metric_name
    where definitions.projection = 'level'
),

levels as (
    select * from {{ ref('int_goal_month_levels') }}
),

-- The change of a level adds up over the months to come, and it is itself known from few months only.
measured as (
    select
        moments.goal_id,
        moments.forecast_on,
        levels.actual_to_date,
        levels.months_ahead,
        levels.foretold_level + levels.months_ahead * levels.monthly_change
            as projection,
        levels.dispersion * greatest(levels.scale, 0) as variance,
        case
            when moments.is_share then 1
            else
                levels.months_ahead
                * (1 + levels.months_ahead / (1.0 + {{ var('goal_months_before') }}))
        end as months_of_variance,
        levels.degrees_of_freedom
    from moments
    left join levels
        on
            moments.goal_id = levels.goal_id
            and moments.forecast_on = levels.forecast_on
),

forecasts as (
    select
        goal_id,
        forecast_on,
        actual_to_date,
        case when months_ahead = 0 then actual_to_date else projection end
            as projection,
        case when months_ahead = 0 then 0 else sqrt(variance * months_of_variance) end
            as standard_error,
        degrees_of_freedom
    from measured
)

select * from forecasts
