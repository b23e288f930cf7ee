with rehearsals as (
    select
        *,
        -- No rate grows a millionfold: its square can be added as a decimal.
        case
            when base_rate > 0 and next_rate is not null
                then greatest(-1e6, least(1e6, next_rate / base_rate))
        end as growth
    from {{ ref('int_goal_rehearsals') }}
),

numbered as (
    select
        *,
        case
            when growth is not null then row_number() over (
                partition by goal_id, forecast_on, base_months, growth is null
                order by months_back
            )
        end as recency
    from rehearsals
),

-- What fell to nothing or below it has no logarithm: then rates are compared as they are.
scaled as (
    select
        *,
        bool_or(recency <= {{ var('goal_rehearsals') }} and growth <= 0)
            over (partition by goal_id, forecast_on) as is_linear
    from numbered
),

changed as (
    select
        *,
        case when is_linear then growth when growth > 0 then ln(growth) end as change
    from scaled
),

recent as (
    select
        *,
        case when recency <= {{ var('goal_rehearsals') }} then change end
            as recent_change,
        case
            when recency <= {{ var('goal_rehearsals') }}
                then change - lead(change, 12) over (
                    partition by goal_id, forecast_on, base_months order by months_back
                )
        end as change_on_year
    from changed
),

centred as (
    select
        *,
        count(recent_change) over of_base as recent_changes,
        median(recent_change) over of_base as middle
    from recent
    window of_base as (partition by goal_id, forecast_on, base_months)
),

-- Far from the others, in robust standard deviations: more of them where there are few others.
compared as (
    select
        *,
        recent_changes >= {{ var('goal_least_for_exceptions') }}
        and abs(change - middle)
        > {{ var('goal_exception_deviations') }} * (1 + 2.0 / nullif(recent_changes, 0))
        * greatest(
            1.4826 * median(abs(recent_change - middle))
                over (partition by goal_id, forecast_on, base_months),
            1e-9
        ) as is_exception
    from centred
),

-- The newest weigh most, for growth changes.
changes as (
    select
        goal_id,
        forecast_on,
        months_ahead,
        months_back,
        base_months,
        base_rate,
        is_linear,
        change,
        recent_change,
        change_on_year,
        case
            when recency <= {{ var('goal_least_rehearsals') }} then change_on_year
        end as newest_change_on_year,
        is_exception,
        case when is_exception is not true then recent_change end as usual_change,
        case
            when is_exception is not true and recent_change is not null
                then power(0.5, (recency - 1.0) / {{ var('goal_half_life') }})
        end as weight
    from compared
)

select * from changes
