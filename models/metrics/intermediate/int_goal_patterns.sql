with measured as (
    select
        goal_id,
        forecast_on,
        base_months,
        is_additive,
        is_linear,
        no_change,
        mean_change,
        1 + months_ahead / 2.0 as overlap,
        count(usual_change) as rehearsals,
        power({{ steady_sum('weight') }}, 2) / {{ steady_sum('power(weight, 2)') }}
            as effective,
        count(change_on_year) as pairs,
        {{ steady_sum('weight * power(usual_change - mean_change, 2)') }}
        / {{ steady_sum('weight') }} as variance,
        sqrt(
            {{ steady_sum('weight * power(usual_change - no_change, 2)') }}
            / {{ steady_sum('weight') }}
        ) as steady_spread,
        sqrt(
            {{ steady_sum('power(recent_change - mean_change, 2)') }}
            / nullif(count(recent_change) - 1, 0)
        ) as whole_spread,
        sqrt(
            {{ steady_sum('power(change_on_year, 2)') }}
            / nullif(count(change_on_year), 0)
        ) as year_spread,
        sqrt(
            {{ steady_sum('power(newest_change_on_year, 2)') }}
            / nullif(count(newest_change_on_year), 0)
        ) as newest_year_spread,
        max(case when months_back = 12 then change end) as year_change,
        max(case when months_back = 24 then change end) as older_change,
        max(case when months_back = 0 then base_rate end) as base_rate,
        bool_or(base_rate <= 0 and months_back <= {{ var('goal_rehearsals') }})
            as is_below_zero,
        bool_or(months_back = 12 and is_exception) as is_exceptional,
        max(abs(year_deviation)) > max(older_deviation)
        and count(case when is_exception and older_deviation > 0 then 1 end)
        < greatest(2, count(older_deviation) / 2.0) as stands_out
    from {{ ref('int_goal_changes') }}
    group by all
),

-- Rehearsals of periods longer than a month overlap: they are worth fewer.
shaped as (
    select
        *,
        sqrt(variance * effective / nullif(effective - 1, 0)) as spread,
        greatest(effective / overlap, least(effective, 2.5)) as independent,
        case
            when
                is_exceptional
                and coalesce(stands_out, bool_or(base_months = 1 and stands_out) over (
                    partition by goal_id, forecast_on, is_additive
                ))
                then 'season'
            when
                pairs >= {{ var('goal_least_for_exceptions') }}
                and year_change is not null
                and greatest(year_spread, newest_year_spread)
                < {{ var('goal_year_gain') }} * whole_spread
                then 'year'
            else 'usual'
        end as shape
    from measured
),

-- A change within so many standard errors of none is left out.
formed as (
    select
        *,
        case
            when shape <> 'usual' then shape
            when
                steady_spread < spread * sqrt(
                    1 + power({{ var('goal_change_deviations') }}, 2) / independent
                )
                then 'steady'
            else 'usual'
        end as form
    from shaped
),

patterns as (
    select
        goal_id,
        forecast_on,
        base_months,
        rehearsals,
        base_rate,
        is_additive,
        is_linear,
        form as shape,
        case form
            when 'steady' then no_change
            when 'usual' then mean_change
            when 'year' then year_change
            else (year_change + coalesce(older_change, year_change)) / 2
        end as centre,
        {{ var('goal_spread_factor') }} * case
            when form = 'steady' then steady_spread
            when form = 'usual' then spread * sqrt(1 + 1 / independent)
            when form = 'year' then year_spread
            when older_change is null then spread * sqrt(2)
            else spread * sqrt(1.5)
        end as error,
        case
            when form = 'year' then greatest(pairs / overlap, 1)
            when form = 'steady' then independent
            else greatest(independent - 1, 1)
        end as degrees_of_freedom
    from formed
    where
        rehearsals >= greatest({{ var('goal_least_rehearsals') }}, 2 * overlap)
        and is_below_zero is not true
)

select * from patterns
