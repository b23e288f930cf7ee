with moments as (
    select
        goal_id,
        forecast_on,
        metric_name,
        brand,
        target,
        direction,
        period_start,
        period_end,
        least(forecast_on, period_end) as last_day
    from {{ ref('int_goal_moments') }}
),

definitions as (
    select
        metric_name,
        projection,
        unit
    from {{ ref('metric_definitions') }}
    where projection <> 'none'
),

totals as (
    select * from {{ ref('int_goal_totals') }}
),

bounded as (
    select
        moments.*,
        definitions.projection,
        definitions.unit,
        definitions.projection = 'level' as is_level,
        moments.forecast_on >= moments.period_end as is_over,
        cast({{ dbt.last_day('moments.last_day', 'month') }} as date) as running_month,
        cast({{ dbt.last_day('moments.period_end', 'month') }} as date) as last_month,
        {{ month_of(dbt.dateadd('day', 1, 'moments.last_day')) }} as month_begun
    from moments
    inner join definitions
        on moments.metric_name = definitions.metric_name
),

-- A level is that of the last month of the period, and is known by whole months.
counted as (
    select
        *,
        case when is_level then {{ month_of('period_end') }} else period_start end
            as counted_from,
        case when is_level then last_month else period_end end as counted_until,
        case
            when is_level then cast({{ dbt.dateadd('day', -1, 'month_begun') }} as date)
            else last_day
        end as seen_until
    from bounded
),

looks as (
    select
        counted.goal_id,
        counted.forecast_on,
        counted.metric_name,
        counted.brand,
        counted.projection,
        counted.unit,
        counted.direction,
        counted.target,
        running.value as level_to_date,
        case
            when counted.is_level or counted.seen_until < counted.counted_from then 0
            else seen.numerator_total - coalesce(opening.numerator_total, 0)
        end as numerator_to_date,
        case
            when counted.is_level or counted.seen_until < counted.counted_from then 0
            else seen.volume_total - coalesce(opening.volume_total, 0)
        end as volume_to_date,
        -- Nothing has no logarithm: half of what a day with something has is added.
        case
            when seen.year_active_days < {{ var('goal_active_share') }} * seen.year_days
                then
                    0.5 * greatest(seen.year_amount, 0)
                    / nullif(seen.year_active_days, 0)
            else 0
        end as added_amount,
        {{ dbt.datediff(
            dbt.dateadd('day', 1, 'seen.known_day'), 'counted.counted_until', 'month'
        ) }} as months_ahead,
        seen.can_fall,
        counted.is_over,
        seen.begin_day <= {{ dbt.dateadd('month', -13, 'seen.known_day') }}
            as is_season_known,
        seen.begin_day,
        seen.known_day as known_until,
        cast(greatest(
            seen.known_day, {{ dbt.dateadd('day', -1, 'counted.counted_from') }}
        ) as date) as next_from,
        greatest(seen.known_day, counted.counted_until) as next_until
    from counted
    left join totals as seen
        on
            counted.metric_name = seen.metric_name
            and counted.brand = seen.brand
            and counted.seen_until = seen.date_day
    left join totals as opening
        on
            counted.metric_name = opening.metric_name
            and counted.brand = opening.brand
            and counted.counted_from = {{ dbt.dateadd('day', 1, 'opening.date_day') }}
    left join totals as running
        on
            counted.is_level
            and counted.metric_name = running.metric_name
            and counted.brand = running.brand
            and counted.running_month = running.date_day
)

select * from looks
