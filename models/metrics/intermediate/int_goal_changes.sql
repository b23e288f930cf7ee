with rehearsals as (
    select
        goal_id,
        forecast_on,
        months_back,
        base_months,
        base_rate,
        -- No rate grows a millionfold: its square can be added as a decimal.
        case
            when base_rate > 0 and next_rate is not null
                then greatest(-1e6, least(1e6, next_rate / base_rate))
        end as growth,
        case when base_months = 0 and base_rate > 0 then base_rate end
        / nullif(max(case when base_months = 3 then base_rate end) over (
            partition by goal_id, forecast_on, months_back
        ), 0) as step
    from {{ ref('int_goal_rehearsals') }}
),

numbered as (
    select
        *,
        growth is not null and {{ var('goal_rehearsals') }} >= row_number() over (
            partition by goal_id, forecast_on, base_months, growth is null
            order by months_back
        ) as is_recent
    from rehearsals
),

-- What fell to nothing or below it has no logarithm: then rates are compared as they are.
scaled as (
    select
        *,
        bool_or(is_recent and growth <= 0) over (partition by goal_id, forecast_on)
            as is_linear
    from numbered
),

changed as (
    select
        *,
        case when is_linear then growth when growth > 0 then ln(growth) end as change,
        case when step > 0 then ln(step) end as step_change
    from scaled
),

recent as (
    select
        *,
        case when is_recent then change end as recent_change,
        case when is_recent then change - lead(change, 12) over (
            partition by goal_id, forecast_on, base_months order by months_back
        ) end as change_on_year,
        case when months_back between 1 and {{ var('goal_rehearsals') }} then step_change end as recent_step
    from changed
),

centred as (
    select
        *,
        count(recent_change) over of_base as changes,
        median(recent_change) over of_base as middle,
        count(recent_step) over of_base as steps,
        median(recent_step) over of_base as middle_step
    from recent
    window of_base as (partition by goal_id, forecast_on, base_months)
),

-- Far from the others, in robust standard deviations: more of them where there are few others.
limited as (
    select
        *,
        abs(change - middle) as distance,
        abs(step_change - middle_step) as step_distance,
        {{ var('goal_exception_deviations') }} * 1.4826 * (1 + 2.0 / nullif(changes, 0))
        * greatest(median(abs(recent_change - middle)) over of_base, 1e-9) as far,
        {{ var('goal_exception_deviations') }} * 1.4826 * (1 + 2.0 / nullif(steps, 0))
        * greatest(median(abs(recent_step - middle_step)) over of_base, 1e-9) as far_step
    from centred
    window of_base as (partition by goal_id, forecast_on, base_months)
),

changes as (
    select
        goal_id,
        forecast_on,
        months_back,
        base_months,
        is_linear,
        change,
        recent_change,
        case
            when changes < {{ var('goal_least_for_exceptions') }} or distance <= far
                then recent_change
        end as usual_change,
        change_on_year,
        changes >= {{ var('goal_least_for_exceptions') }} and distance > far
            as is_exception,
        steps >= {{ var('goal_least_for_exceptions') }} and step_distance > far_step
            as is_break,
        base_rate
    from limited
)

select * from changes
