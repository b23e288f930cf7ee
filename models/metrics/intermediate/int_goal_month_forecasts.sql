-- One row per goal and day on which it is looked at, for goals on what the last month of their period ends with:
-- snapshots, distinct counts and monthly shares. Only months that are over foretell.
with moments as (
    select
        moments.goal_id,
        moments.forecast_on,
        moments.brand,
        moments.period_end,
        definitions.metric_name,
        definitions.numerator_metric,
        definitions.denominator_metric,
        definitions.unit
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
        period_start as month_start,
        cast({{ dbt.last_day('period_start', 'month') }} as date) as month_end
    from {{ ref('metric_values') }}
    where grain = 'month'
),

months as (
    select
        moments.goal_id,
        moments.forecast_on,
        moments.unit = 'share' as is_share,
        coalesce(numerators.value, 0) as numerator,
        case
            when moments.denominator_metric is null then 1 else
                coalesce(denominators.value, 0)
        end as denominator,
        values_of_months.value,
        {{ dbt.datediff(
            'values_of_months.month_start', 'moments.period_end', 'month'
        ) }} as months_ahead,
        values_of_months.month_end <= moments.forecast_on as is_over
    from moments
    inner join metric_months as values_of_months
        on
            moments.metric_name = values_of_months.metric_name
            and moments.brand = values_of_months.brand
            and moments.forecast_on >= values_of_months.month_start
            and moments.period_end >= values_of_months.month_start
    left join metric_months as numerators
        on
            moments.numerator_metric = numerators.metric_name
            and values_of_months.brand = numerators.brand
            and values_of_months.month_start = numerators.month_start
    left join metric_months as denominators
        on
            moments.denominator_metric = denominators.metric_name
            and values_of_months.brand = denominators.brand
            and values_of_months.month_start = denominators.month_start
),

-- A share is foretold by the six months before, as numerator over denominator; a level by the month before and the
-- change of a month over the six before.
foretold as (
    select
        *,
        case
            when
                is_share
                then
                    sum(numerator) over six_months
                    / nullif(sum(denominator) over six_months, 0)
            else value
        end as foretold_level,
        case when is_share then 1.0 / nullif(denominator, 0) else value end as scale,
        case
            when is_share then 0
            else
                (value - first_value(value) over six_months)
                / nullif(count(*) over six_months - 1, 0)
        end as monthly_change
    from months
    where
        is_over
        and value is not null
    window six_months as (
        partition by goal_id, forecast_on
        order by months_ahead desc
        rows between 5 preceding and current row
    )
),

surprises as (
    select
        *,
        value - lag(foretold_level + coalesce(monthly_change, 0))
            over (partition by goal_id, forecast_on order by months_ahead desc)
            as surprise,
        lag(scale)
            over (partition by goal_id, forecast_on order by months_ahead desc)
            as scale_before,
        row_number()
            over (partition by goal_id, forecast_on order by months_ahead)
            as recency
    from foretold
),

-- The variance of a level grows with it, that of a share falls with its denominator. The first surprises come from
-- too few months to count.
levels as (
    select
        goal_id,
        forecast_on,
        max(foretold_level) filter (where recency = 1) as foretold_level,
        max(monthly_change) filter (where recency = 1) as monthly_change,
        max(months_ahead) filter (where recency = 1) as months_ahead,
        max(scale) filter (where recency = 1) as scale,
        bool_or(is_share) as is_share,
        avg(cast(
            power(surprise, 2) / nullif(scale_before, 0) as decimal(38, 12)
        )) filter (
            where scale_before > 0 and month_number > 3
        ) as dispersion,
        count(*) filter (where scale_before > 0 and month_number > 3)
            as degrees_of_freedom
    from (
        select
            *,
            count(*) over (partition by goal_id, forecast_on)
            - recency
            + 1 as month_number
        from surprises
    ) as surprises
    where recency <= 9
    group by goal_id, forecast_on
),

actuals as (
    select
        goal_id,
        forecast_on,
        value as actual_to_date
    from (
        select
            *,
            row_number()
                over (partition by goal_id, forecast_on order by months_ahead)
                as recency
        from months
    ) as months
    where recency = 1
),

forecasts as (
    select
        moments.goal_id,
        moments.forecast_on,
        actuals.actual_to_date,
        case
            when levels.months_ahead = 0 then actuals.actual_to_date
            else levels.foretold_level + levels.months_ahead * levels.monthly_change
        end as projection,
        case
            when levels.months_ahead = 0 then 0
            when levels.is_share
                then sqrt(levels.dispersion * greatest(levels.scale, 0))
            else
                sqrt(
                    levels.dispersion
                    * greatest(levels.scale, 0)
                    * levels.months_ahead
                    * (1 + levels.months_ahead / 6.0)
                )
        end as standard_error,
        levels.degrees_of_freedom
    from moments
    left join actuals
        on
            moments.goal_id = actuals.goal_id
            and moments.forecast_on = actuals.forecast_on
    left join levels
        on
            moments.goal_id = levels.goal_id
            and moments.forecast_on = levels.forecast_on
)

select * from forecasts
