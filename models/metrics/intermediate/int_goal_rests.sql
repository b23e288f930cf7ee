with looks as (
    select * from {{ ref('int_goal_looks') }}
),

totals as (
    select
        metric_name,
        brand,
        weight,
        date_day
    from {{ ref('int_goal_totals') }}
),

rehearsals as (
    select * from {{ ref('int_goal_rehearsals') }}
    where base_months = 1 and months_back <= 2 * {{ var('goal_rehearsals') }}
),

-- Days to come have the weights of the last seven.
weeks as (
    select
        looks.goal_id,
        looks.forecast_on,
        cast(sum(totals.weight * (
            floor({{ dbt.datediff('totals.date_day', 'looks.next_until', 'day') }} / 7)
            - floor({{ dbt.datediff('totals.date_day', 'looks.next_from', 'day') }} / 7)
        )) as double) as volume
    from looks
    inner join totals
        on
            looks.metric_name = totals.metric_name
            and looks.brand = totals.brand
            and looks.known_until >= totals.date_day
            and looks.known_until <= {{ dbt.dateadd('day', 6, 'totals.date_day') }}
    where looks.projection = 'sum'
    group by looks.goal_id, looks.forecast_on
),

-- Of a ratio, as much as came next in earlier months for what came before it.
ratios as (
    select
        goal_id,
        forecast_on,
        cast(median(next_volume / nullif(base_volume, 0)) as double)
        * cast(max(case when months_back = 0 then base_volume end) as double) as volume
    from rehearsals
    group by goal_id, forecast_on
),

candidates as (
    select patterns.*
    from {{ ref('int_goal_patterns') }} as patterns
    inner join looks
        on
            patterns.goal_id = looks.goal_id
            and patterns.forecast_on = looks.forecast_on
    left join {{ ref('int_goal_breaks') }} as breaks
        on
            patterns.goal_id = breaks.goal_id
            and patterns.forecast_on = breaks.forecast_on
    where
        patterns.base_months in (1, 3)
        or patterns.base_months = 0 and breaks.goal_id is not null
        or patterns.base_months = 6
        and (looks.projection <> 'sum' or patterns.is_linear)
),

-- Of bases that foretell as well the shortest; a month unlike those before it is its own base.
ranked as (
    select
        *,
        row_number() over (
            partition by goal_id, forecast_on
            order by
                base_months = 0 desc,
                shape = 'season' desc,
                error * t_quantile(0.9, degrees_of_freedom)
                / case when is_linear then abs(centre) else 1 end
                * case
                    when base_months <= 1 then 1
                    when rehearsals < {{ var('goal_least_for_exceptions') }} then 2
                    else 1 + {{ var('goal_longer_base_gain') }}
                end,
                base_months,
                is_additive
        ) as preference
    from candidates
),

rests as (
    select
        looks.goal_id,
        looks.forecast_on,
        case when looks.projection = 'sum' then weeks.volume else ratios.volume end
            as volume,
        ranked.rehearsals,
        ranked.base_months,
        ranked.shape,
        ranked.is_linear,
        ranked.base_rate,
        ranked.centre,
        ranked.error,
        ranked.degrees_of_freedom
    from looks
    left join weeks
        on looks.goal_id = weeks.goal_id and looks.forecast_on = weeks.forecast_on
    left join ratios
        on looks.goal_id = ratios.goal_id and looks.forecast_on = ratios.forecast_on
    left join ranked
        on
            looks.goal_id = ranked.goal_id
            and looks.forecast_on = ranked.forecast_on
            and ranked.preference = 1
)

select * from rests
