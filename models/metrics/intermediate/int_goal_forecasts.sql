with moments as (
    select
        goal_id,
        forecast_on,
        target,
        direction
    from {{ ref('int_goal_moments') }}
),

forecasts as (
    select * from {{ ref('int_goal_week_forecasts') }}
    union all
    select * from {{ ref('int_goal_month_forecasts') }}
),

-- Few surprises seen say too little of how large the next may be.
measured as (
    select
        moments.*,
        forecasts.actual_to_date,
        forecasts.projection,
        case
            when forecasts.standard_error = 0 then 0
            when forecasts.degrees_of_freedom >= {{ var('goal_min_surprises') }}
                then forecasts.standard_error
        end as standard_error,
        forecasts.degrees_of_freedom,
        case when moments.direction = 'down' then -1 else 1 end as sign
    from moments
    inner join forecasts
        on
            moments.goal_id = forecasts.goal_id
            and moments.forecast_on = forecasts.forecast_on
),

-- 80 % of Student's t: a tenth lies beyond either end.
spread as (
    select
        *,
        case
            when standard_error = 0 then 0
            else standard_error * t_quantile(0.9, degrees_of_freedom)
        end as half_width,
        case
            when projection is null or standard_error is null then null
            when
                standard_error = 0
                then cast(sign * projection >= sign * target as integer)
            else
                t_cdf(sign * (projection - target) / standard_error, degrees_of_freedom)
        end as probability
    from measured
),

forecast as (
    select
        goal_id,
        actual_to_date,
        projection,
        case
            when half_width is not null
                then greatest(projection - half_width, least(projection, 0))
        end as projection_low,
        projection + half_width as projection_high,
        probability,
        forecast_on
    from spread
)

select * from forecast
