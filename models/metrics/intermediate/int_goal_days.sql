-- Decimals, so that their sums are the same in whatever order they are added.
with moments as (
    select
        goal_id,
        forecast_on,
        metric_name,
        brand,
        period_start,
        period_end
    from {{ ref('int_goal_moments') }}
),

definitions as (
    select
        metric_name,
        numerator_metric,
        coalesce(denominator_metric, metric_name) as volume_metric,
        projection = 'ratio' as is_ratio
    from {{ ref('metric_definitions') }}
    where projection in ('sum', 'ratio')
),

metric_days as (
    select
        metric_name,
        brand,
        cast(value as decimal(28, 6)) as value,
        period_start as date_day
    from {{ ref('metric_values') }}
    where grain = 'day'
),

days as (
    select
        moments.goal_id,
        moments.forecast_on,
        coalesce(numerators.value, 0) as numerator,
        volumes.value as volume,
        definitions.is_ratio,
        volumes.date_day between moments.period_start and moments.period_end
            as is_in_period,
        min(case when volumes.value <> 0 then volumes.date_day end)
            over (partition by moments.goal_id, moments.forecast_on) as first_day,
        volumes.date_day
    from moments
    inner join definitions
        on moments.metric_name = definitions.metric_name
    inner join metric_days as volumes
        on
            definitions.volume_metric = volumes.metric_name
            and moments.brand = volumes.brand
            and moments.forecast_on >= volumes.date_day
    left join metric_days as numerators
        on
            definitions.numerator_metric = numerators.metric_name
            and volumes.brand = numerators.brand
            and volumes.date_day = numerators.date_day
)

select * from days
