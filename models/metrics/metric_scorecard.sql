-- One row per goal: where it stands, where it will end, and how likely it is to be reached.
with goals as (
    select
        goal_id,
        metric_name,
        brand,
        owner,
        direction,
        baseline,
        target,
        period_start,
        period_end
    from {{ ref('metric_goals') }}
),

definitions as (
    select
        definitions.metric_name,
        definitions.label,
        definitions.unit,
        definitions.projection,
        definitions.unit = 'share' and numerators.unit = 'count' as is_share_of_count
    from {{ ref('metric_definitions') }} as definitions
    left join {{ ref('metric_definitions') }} as numerators
        on definitions.numerator_metric = numerators.metric_name
),

forecasts as (
    select * from {{ ref('int_goal_forecasts') }}
),

-- A trend may run on to where no count and no share can be.
dated as (
    select
        goals.*,
        definitions.label,
        definitions.unit,
        definitions.projection as goal_rule,
        forecasts.actual_to_date,
        {% for figure in ['projection', 'projection_low', 'projection_high'] %}
        case
            when definitions.is_share_of_count and forecasts.{{ figure }} > 1 then 1
            when
                definitions.unit in ('share', 'count')
                and forecasts.{{ figure }} < 0
                then 0
            else forecasts.{{ figure }}
        end as {{ figure }},
        {% endfor %}
        forecasts.probability,
        forecasts.forecast_on as as_of_date,
        case when goals.direction = 'down' then -1 else 1 end as sign,
        1.0 + {{ dbt.datediff('goals.period_start', 'forecasts.forecast_on', 'day') }}
            as elapsed_days,
        1.0
        + {{ dbt.datediff('goals.period_start', 'goals.period_end', 'day') }} as days
    from goals
    inner join definitions
        on goals.metric_name = definitions.metric_name
    inner join forecasts
        on goals.goal_id = forecasts.goal_id
),

-- A sum grows from nothing; a rate or a level moves from where it was.
paths as (
    select
        *,
        case
            when goal_rule = 'sum' then 0
            else coalesce(baseline, target)
        end as path_start,
        greatest(0, least(1, elapsed_days / days)) as elapsed_share
    from dated
),

expected as (
    select
        *,
        path_start + (target - path_start) * elapsed_share as expected_to_date,
        sign * (projection - target) as gap,
        case
            when as_of_date < period_start then 'not_started'
            when as_of_date < period_end and probability is null then 'too_early'
            when
                as_of_date < period_end
                and probability >= {{ var('goal_on_track_probability') }}
                then 'on_track'
            when
                as_of_date < period_end
                and probability >= {{ var('goal_at_risk_probability') }}
                then 'at_risk'
            when as_of_date < period_end then 'off_track'
            when actual_to_date is null then 'no_data'
            when sign * actual_to_date >= sign * target then 'met'
            else 'missed'
        end as status,
        {{ is_final('period_end', 'as_of_date') }} as is_final
    from paths
),

scored as (
    select
        goal_id,
        metric_name,
        label,
        brand,
        owner,
        unit,
        direction,
        goal_rule,
        status,
        baseline,
        target,
        actual_to_date,
        expected_to_date,
        projection,
        projection_low,
        projection_high,
        probability,
        gap,
        is_final,
        period_start,
        period_end
    from expected
)

select * from scored
