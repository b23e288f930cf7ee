with looks as (
    select
        goal_id,
        forecast_on
    from {{ ref('int_goal_looks') }}
    where projection = 'sum' and unit = 'count' and not can_fall
),

rehearsals as (
    select
        *,
        cast(next_volume / nullif(base_volume, 0) as double) as share
    from {{ ref('int_goal_rehearsals') }}
    where base_months > 0
),

-- A steady rate, unknown itself, foretells a count with this variance.
foretold as (
    select
        rehearsals.goal_id,
        rehearsals.forecast_on,
        rehearsals.months_ahead,
        rehearsals.months_back,
        rehearsals.base_months,
        rehearsals.base_numerator,
        rehearsals.base_volume,
        rehearsals.next_numerator - rehearsals.base_numerator * rehearsals.share
            as surprise,
        nullif(rehearsals.base_numerator * rehearsals.share * (1 + rehearsals.share), 0)
            as variance
    from rehearsals
    inner join looks
        on
            rehearsals.goal_id = looks.goal_id
            and rehearsals.forecast_on = looks.forecast_on
),

numbered as (
    select
        *,
        count(surprise) over (
            partition by goal_id, forecast_on, base_months order by months_back
        ) <= {{ var('goal_rehearsals') }} as is_recent
    from foretold
),

summed as (
    select
        goal_id,
        forecast_on,
        base_months,
        max(case when months_back = 0 then base_numerator end) as counted,
        max(case when months_back = 0 then base_volume end) as base_volume,
        count(surprise) as rehearsals,
        {{ steady_sum('power(surprise, 2) / variance', 12) }} as dispersion,
        {{ steady_sum('surprise', 9) }}
        / sqrt({{ steady_sum('variance', 9) }} * (1 + months_ahead / 2.0)) as drift
    from numbered
    where is_recent
    group by goal_id, forecast_on, base_months, months_ahead
),

-- The rate was not steady where the rehearsals of any base say so.
compared as (
    select
        *,
        max(case when counted is not null then base_months end) over of_look
            as longest_base,
        max(rehearsals) over of_look as most_rehearsals,
        bool_or(
            abs(drift) > {{ var('goal_count_deviations') }}
            or dispersion > rehearsals
            + {{ var('goal_count_deviations') }} * sqrt(2.0 * rehearsals)
        ) over of_look as is_unsteady
    from summed
    window of_look as (partition by goal_id, forecast_on)
),

-- The Jeffreys prior adds half an event.
counts as (
    select
        goal_id,
        forecast_on,
        most_rehearsals as rehearsals,
        counted + 0.5 as shape,
        base_volume
    from compared
    where
        base_months = longest_base
        and counted >= {{ var('goal_least_events') }}
        and counted <= {{ var('goal_few_events') }}
        and most_rehearsals >= {{ var('goal_least_rehearsals') }}
        and is_unsteady is not true
)

select * from counts
