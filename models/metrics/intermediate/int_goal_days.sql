with goals as (
    select distinct
        metric_name,
        brand
    from {{ ref('int_goal_moments') }}
),

definitions as (
    select
        metric_name,
        numerator_metric,
        denominator_metric,
        projection,
        case when projection = 'level' then 'month' else 'day' end as grain
    from {{ ref('metric_definitions') }}
    where projection <> 'none'
),

-- Decimals, so that their sums are the same in whatever order they are added.
metric_days as (
    select
        metric_name,
        brand,
        grain,
        value,
        cast(value as decimal(28, 9)) as amount,
        case
            when grain = 'day' then period_start
            else cast({{ dbt.last_day('period_start', 'month') }} as date)
        end as date_day
    from {{ ref('metric_values') }}
    where grain in ('day', 'month')
),

joined as (
    select
        goals.metric_name,
        goals.brand,
        definitions.projection,
        definitions.denominator_metric is not null as is_ratio,
        metric_days.value,
        coalesce(numerators.amount, 0) as numerator,
        denominators.amount as denominator,
        metric_days.date_day
    from goals
    inner join definitions
        on goals.metric_name = definitions.metric_name
    inner join metric_days
        on
            goals.metric_name = metric_days.metric_name
            and goals.brand = metric_days.brand
            and definitions.grain = metric_days.grain
    left join metric_days as numerators
        on
            definitions.numerator_metric = numerators.metric_name
            and metric_days.brand = numerators.brand
            and metric_days.grain = numerators.grain
            and metric_days.date_day = numerators.date_day
    left join metric_days as denominators
        on
            definitions.denominator_metric = denominators.metric_name
            and metric_days.brand = denominators.brand
            and metric_days.grain = denominators.grain
            and metric_days.date_day = denominators.date_day
),

-- A day on which nothing could happen is known to be one; a month without a share is not known.
days as (
    select
        metric_name,
        brand,
        projection,
        value,
        numerator,
        case when is_ratio then coalesce(denominator, 0) else 1 end as volume,
        case
            when projection = 'ratio' then denominator is not null
            else value is not null
        end as is_known,
        min(case when coalesce(denominator, numerator) <> 0 then date_day end)
            over (partition by metric_name, brand) as first_day,
        date_day
    from joined
)

select * from days
