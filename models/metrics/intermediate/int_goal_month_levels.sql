with months as (
    select * from {{ ref('int_goal_months') }}
),

-- A share is foretold by the months before, as numerator over denominator; a level by the month before and the
-- average change of a month.
foretold as (
    select
        *,
        case
            when is_share
                then
                    sum(numerator) over months_before
                    / nullif(sum(denominator) over months_before, 0)
            else value
        end as foretold_level,
        case
            when is_share then 0
            else
                (value - first_value(value) over months_before)
                / nullif(count(*) over months_before - 1, 0)
        end as monthly_change,
        case when is_share then 1.0 / nullif(denominator, 0) else value end as scale
    from months
    window months_before as (
        partition by goal_id, forecast_on, is_known
        order by month_number
        rows between {{ var('goal_months_before') }} preceding and current row
    )
),

surprises as (
    select
        *,
        value - lag(foretold_level + coalesce(monthly_change, 0)) over in_order
            as surprise,
        lag(scale) over in_order as scale_before,
        is_known and recency = 1 as is_last
    from foretold
    window in_order as (
        partition by goal_id, forecast_on, is_known order by month_number
    )
),

compared as (
    select
        *,
        is_known
        and recency <= {{ var('goal_surprise_months') }}
        and month_number > {{ var('goal_skipped_months') }}
        and scale_before > 0 as is_measured
    from surprises
),

-- The variance of a level grows with it, that of a share falls with its denominator.
levels as (
    select
        goal_id,
        forecast_on,
        max(actual_to_date) as actual_to_date,
        max(foretold_level) filter (where is_last) as foretold_level,
        max(monthly_change) filter (where is_last) as monthly_change,
        max(months_ahead) filter (where is_last) as months_ahead,
        max(scale) filter (where is_last) as scale,
        avg(
            cast(power(surprise, 2) / nullif(scale_before, 0) as decimal(38, 12))
        ) filter (where is_measured) as dispersion,
        count(*) filter (where is_measured) as degrees_of_freedom
    from compared
    group by goal_id, forecast_on
)

select * from levels
