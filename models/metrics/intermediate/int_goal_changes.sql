with numbered as (
    select
        *,
        case
            when growth is not null then row_number() over (
                partition by
                    goal_id, forecast_on, base_months, is_additive, growth is null
                order by months_back
            )
        end as recency
    from {{ ref('int_goal_ways') }}
),

-- What fell to nothing or below it has no logarithm: then rates are compared as they are.
scaled as (
    select
        *,
        bool_or(recency <= {{ var('goal_rehearsals') }} and growth <= 0)
            over (partition by goal_id, forecast_on, is_additive) as is_linear
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
                    partition by goal_id, forecast_on, base_months, is_additive
                    order by months_back
                )
        end as change_on_year
    from changed
),

centred as (
    select
        *,
        count(recent_change) over of_way as recent_changes,
        median(recent_change) over of_way as middle
    from recent
    window of_way as (partition by goal_id, forecast_on, base_months, is_additive)
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
                over (partition by goal_id, forecast_on, base_months, is_additive),
            1e-9
        ) as is_exception
    from centred
),

-- The newest weigh most, for growth changes.
weighed as (
    select
        *,
        change - middle as deviation,
        max(case when months_back = 12 then change - middle end) over of_way
            as year_deviation,
        case when is_exception is not true then recent_change end as usual_change,
        case
            when is_exception is not true and recent_change is not null
                then power(0.5, (recency - 1.0) / {{ var('goal_half_life') }})
        end as weight
    from compared
    window of_way as (partition by goal_id, forecast_on, base_months, is_additive)
),

changes as (
    select
        goal_id,
        forecast_on,
        months_ahead,
        months_back,
        base_months,
        is_additive,
        base_rate,
        is_linear,
        change,
        recent_change,
        change_on_year,
        case
            when recency <= {{ var('goal_least_rehearsals') }} then change_on_year
        end as newest_change_on_year,
        is_exception,
        usual_change,
        weight,
        year_deviation,
        case
            when months_back between 13 and 18 then deviation * sign(year_deviation)
        end as older_deviation,
        case when is_linear then 1 else 0 end as no_change,
        sum(cast(usual_change * weight as decimal(38, 18))) over of_way
        / sum(cast(weight as decimal(38, 18))) over of_way as mean_change
    from weighed
    window of_way as (partition by goal_id, forecast_on, base_months, is_additive)
)

select * from changes
