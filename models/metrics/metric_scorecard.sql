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
        period_end,
        case when direction = 'down' then -1 else 1 end as sign,
        1.0 + {{ dbt.datediff('period_start', 'period_end', 'day') }} as days
    from {{ ref('metric_goals') }}
),

definitions as (
    select
        metric_name,
        label,
        label_ko,
        unit,
        projection as goal_rule
    from {{ ref('metric_definitions') }}
),

forecasts as (
    select * from {{ ref('int_goal_forecasts') }}
),

metrics as (
    select
        metric_name,
        bool_or(is_stale) as is_stale
    from {{ ref('metric_values') }}
    group by metric_name
),

joined as (
    select
        goals.*,
        definitions.label,
        definitions.label_ko,
        definitions.unit,
        definitions.goal_rule,
        forecasts.actual_to_date,
        forecasts.projection,
        forecasts.projection_low,
        forecasts.projection_high,
        forecasts.probability,
        forecasts.rehearsals,
        forecasts.no_verdict_reason,
        forecasts.is_season_known,
        coalesce(metrics.is_stale, true) as is_stale,
        forecasts.forecast_on as as_of_date,
        (select run.covered_date from {{ as_of() }} as run) as covered_date
    from goals
    inner join definitions
        on goals.metric_name = definitions.metric_name
    inner join forecasts
        on goals.goal_id = forecasts.goal_id
    left join metrics
        on goals.metric_name = metrics.metric_name
),

-- A sum grows from nothing; a rate or a level moves from where it was.
paths as (
    select
        *,
        case when goal_rule = 'sum' then 0 else coalesce(baseline, target) end
            as path_start,
        greatest(0, least(1, (
            1.0 + {{ dbt.datediff('period_start', 'as_of_date', 'day') }}
        ) / days)) as elapsed_share
    from joined
),

scored as (
    select
        goal_id,
        metric_name,
        label,
        label_ko,
        brand,
        owner,
        unit,
        direction,
        goal_rule,
        case
            when as_of_date < period_start then 'not_started'
            when as_of_date >= period_end and actual_to_date is null then 'no_data'
            when as_of_date >= period_end and sign * actual_to_date >= sign * target
                then 'met'
            when as_of_date >= period_end then 'missed'
            when no_verdict_reason = 'season_unknown' then 'season_unknown'
            when probability is null then 'too_early'
            when probability >= {{ var('goal_on_track_probability') }} then 'on_track'
            when probability >= {{ var('goal_at_risk_probability') }} then 'at_risk'
            else 'off_track'
        end as status,
        no_verdict_reason,
        baseline,
        target,
        actual_to_date,
        path_start + (target - path_start) * elapsed_share as expected_to_date,
        projection,
        projection_low,
        projection_high,
        probability,
        sign * (projection - target) as gap,
        rehearsals,
        is_season_known,
        {{ is_final('period_end', 'least(as_of_date, covered_date)') }} as is_final,
        is_stale,
        period_start,
        period_end
    from paths
)

select * from scored
