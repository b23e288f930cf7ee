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

changes as (
    select
        goal_id,
        forecast_on,
        months_ahead,
        months_back,
        base_months,
        base_rate,
        is_linear,
        recency,
        change,
        case when recency <= {{ var('goal_rehearsals') }} then change end as recent_change,
        case
            when recency <= {{ var('goal_rehearsals') }} then change - lead(change, 12) over (
                partition by goal_id, forecast_on, base_months order by months_back
            )
        end as change_on_year
    from changed
)

select * from changes
