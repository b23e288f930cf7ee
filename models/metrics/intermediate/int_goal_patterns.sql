with looks as (
    select
        goal_id,
        forecast_on,
        months_ahead
    from {{ ref('int_goal_looks') }}
),

averaged as (
    select
        *,
        avg(cast(usual_change as decimal(38, 18)))
            over (partition by goal_id, forecast_on, base_months) as mean_change
    from {{ ref('int_goal_changes') }}
),

measured as (
    select
        averaged.goal_id,
        averaged.forecast_on,
        averaged.base_months,
        averaged.is_linear,
        averaged.mean_change,
        1 + looks.months_ahead / 2.0 as overlap,
        count(averaged.usual_change) as rehearsals,
        count(averaged.change_on_year) as pairs,
        sqrt(
            {{ steady_sum('power(averaged.usual_change - averaged.mean_change, 2)') }}
            / nullif(count(averaged.usual_change) - 1, 0)
        ) as spread,
        sqrt(
            {{ steady_sum('power(averaged.recent_change - averaged.mean_change, 2)') }}
            / nullif(count(averaged.recent_change) - 1, 0)
        ) as whole_spread,
        sqrt(
            {{ steady_sum('power(averaged.change_on_year, 2)') }}
            / nullif(count(averaged.change_on_year), 0)
        ) as year_spread,
        max(case when averaged.months_back = 12 then averaged.change end) as year_change,
        max(case when averaged.months_back = 24 then averaged.change end)
            as older_change,
        max(case when averaged.months_back = 0 then averaged.base_rate end) as base_rate,
        bool_or(
            averaged.base_rate <= 0
            and averaged.months_back <= {{ var('goal_rehearsals') }}
        ) as is_below_zero,
        bool_or(averaged.months_back = 12 and averaged.is_exception) as is_season,
        bool_or(averaged.months_back = 0 and averaged.is_break) as is_broken
    from averaged
    inner join looks
        on
            averaged.goal_id = looks.goal_id
            and averaged.forecast_on = looks.forecast_on
    group by
        averaged.goal_id,
        averaged.forecast_on,
        averaged.base_months,
        averaged.is_linear,
        averaged.mean_change,
        looks.months_ahead
),

-- Rehearsals of periods longer than a month overlap: they are worth fewer.
shaped as (
    select
        *,
        greatest(rehearsals / overlap, least(rehearsals, 2.5)) as independent,
        case
            when is_season then 'season'
            when
                pairs >= {{ var('goal_least_for_exceptions') }}
                and year_change is not null
                and year_spread < {{ var('goal_year_gain') }} * whole_spread
                then 'year'
            else 'usual'
        end as shape
    from measured
),

patterns as (
    select
        goal_id,
        forecast_on,
        base_months,
        rehearsals,
        base_rate,
        is_linear,
        is_broken,
        shape,
        case shape
            when 'usual' then mean_change
            when 'year' then year_change
            else (year_change + coalesce(older_change, year_change)) / 2
        end as centre,
        {{ var('goal_spread_factor') }} * case
            when shape = 'usual' then spread * sqrt(1 + 1 / independent)
            when shape = 'year' then year_spread
            when older_change is null then spread * sqrt(2)
            else spread * sqrt(1.5)
        end as error,
        case
            when shape = 'year' then greatest(pairs / overlap, 1)
            else greatest(independent - 1, 1)
        end as degrees_of_freedom
    from shaped
    where
        rehearsals >= {{ var('goal_least_rehearsals') }}
        and base_rate > 0
        and is_below_zero is not true
)

select * from patterns
