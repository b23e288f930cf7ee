with looks as (
    select
        goal_id,
        forecast_on,
        months_ahead
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

longest as (
    select
        goal_id,
        forecast_on,
        max(base_months) as base_months
    from rehearsals
    where months_back = 0 and base_volume is not null
    group by goal_id, forecast_on
),

-- A steady rate, unknown itself, foretells a count with this variance.
foretold as (
    select
        rehearsals.goal_id,
        rehearsals.forecast_on,
        rehearsals.months_back,
        looks.months_ahead,
        rehearsals.base_numerator,
        rehearsals.base_volume,
        rehearsals.next_numerator - rehearsals.base_numerator * rehearsals.share
            as surprise,
        nullif(rehearsals.base_numerator * rehearsals.share * (1 + rehearsals.share), 0)
            as variance
    from rehearsals
    inner join longest
        on
            rehearsals.goal_id = longest.goal_id
            and rehearsals.forecast_on = longest.forecast_on
            and rehearsals.base_months = longest.base_months
    inner join looks
        on
            rehearsals.goal_id = looks.goal_id
            and rehearsals.forecast_on = looks.forecast_on
),

numbered as (
    select
        *,
        count(surprise) over (
            partition by goal_id, forecast_on order by months_back
        ) <= {{ var('goal_rehearsals') }} as is_recent
    from foretold
),

summed as (
    select
        goal_id,
        forecast_on,
        max(case when months_back = 0 then base_numerator end) as counted,
        max(case when months_back = 0 then base_volume end) as base_volume,
        count(surprise) filter (where is_recent) as rehearsals,
        {{ steady_sum('case when is_recent then power(surprise, 2) / variance end', 12) }}
            as dispersion,
        {{ steady_sum('case when is_recent then surprise end', 9) }}
        / sqrt({{ steady_sum('case when is_recent then variance end', 9) }} * (1 + months_ahead / 2.0))
            as drift
    from numbered
    group by goal_id, forecast_on, months_ahead
),

-- The Jeffreys prior adds half an event. The rate was not steady where the rehearsals say so.
counts as (
    select
        goal_id,
        forecast_on,
        rehearsals,
        counted + 0.5 as shape,
        base_volume
    from summed
    where
        counted between {{ var('goal_least_events') }} and {{ var('goal_few_events') }}
        and (abs(drift) > 2) is not true
        and (dispersion > rehearsals + 2 * sqrt(2.0 * rehearsals)) is not true
)

select * from counts
