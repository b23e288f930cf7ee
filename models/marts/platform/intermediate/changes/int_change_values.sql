with periods as (
    select
        grain,
        comparison,
        days_before,
        days_after,
        is_running,
        is_cut,
        period_start,
        before_start
    from {{ ref('int_change_periods') }}
),

metric_values as (
    select
        metric_name,
        grain,
        brand,
        value,
        reason in ('not_delivered', 'too_early') as is_unknown,
        is_final,
        period_start
    from {{ ref('metric_values') }}
    where grain in ('day', 'week', 'month')
),

compared as (
    select
        after_values.metric_name,
        after_values.grain,
        after_values.brand,
        periods.comparison,
        before_values.value as value_before,
        after_values.value as value_after,
        periods.days_before,
        periods.days_after,
        periods.is_running,
        periods.is_cut,
        coalesce(before_values.is_unknown or after_values.is_unknown, false)
            as is_unknown,
        before_values.is_final and after_values.is_final as is_final,
        periods.period_start,
        periods.before_start
    from periods
    inner join metric_values as after_values
        on
            periods.grain = after_values.grain
            and periods.period_start = after_values.period_start
    inner join metric_values as before_values
        on
            periods.grain = before_values.grain
            and periods.before_start = before_values.period_start
            and after_values.metric_name = before_values.metric_name
            and after_values.brand = before_values.brand
)

select * from compared
