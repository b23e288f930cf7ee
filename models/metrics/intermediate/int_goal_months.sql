with moments as (
    select
        moments.goal_id,
        moments.forecast_on,
        moments.brand,
        moments.period_end,
        definitions.metric_name,
        definitions.numerator_metric,
        definitions.denominator_metric,
        definitions.unit = 'share' as is_share
    from {{ ref('int_goal_moments') }} as moments
    inner join {{ ref('metric_definitions') }} as definitions
        on moments.metric_name = definitions.metric_name
    where definitions.projection = 'level'
),

metric_months as (
    select
        metric_name,
        brand,
        value,
        period_start as month,
        cast({{ dbt.last_day('period_start', 'month') }} as date) as last_day
    from {{ ref('metric_values') }}
    where grain = 'month'
),

months as (
    select
        moments.goal_id,
        moments.forecast_on,
        moments.is_share,
        coalesce(numerators.value, 0) as numerator,
        case
            when moments.denominator_metric is null then 1
            else coalesce(denominators.value, 0)
        end as denominator,
        levels.value,
        {{ dbt.datediff('levels.month', 'moments.period_end', 'month') }}
            as months_ahead,
        levels.last_day <= moments.forecast_on and levels.value is not null as is_known
    from moments
    inner join metric_months as levels
        on
            moments.metric_name = levels.metric_name
            and moments.brand = levels.brand
            and moments.forecast_on >= levels.month
            and moments.period_end >= levels.month
    left join metric_months as numerators
        on
            moments.numerator_metric = numerators.metric_name
            and levels.brand = numerators.brand
            and levels.month = numerators.month
    left join metric_months as denominators
        on
            moments.denominator_metric = denominators.metric_name
            and levels.brand = denominators.brand
            and levels.month = denominators.month
),

numbered as (
    select
        *,
        first_value(value) over (
            partition by goal_id, forecast_on order by months_ahead
        ) as actual_to_date,
        row_number() over (
            partition by goal_id, forecast_on, is_known order by months_ahead
        ) as recency,
        row_number() over (
            partition by goal_id, forecast_on, is_known order by months_ahead desc
        ) as month_number
    from months
)

select * from numbered
