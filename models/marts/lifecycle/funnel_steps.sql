with as_of as (
    select covered_date from {{ covered_by(['events.events']) }}
),

steps as (
    select
        *,
        lag(mature_visitors) over (
            partition by funnel, brand, month
            order by step_number
        ) as earlier_visitors
    from {{ ref('int_funnel_counts') }}
),

-- Only visitors whose window has passed are counted in rates.
rated as (
    select
        steps.funnel,
        steps.brand,
        steps.step_number,
        steps.event_name as step,
        steps.n,
        steps.n_mature,
        steps.visitors,
        steps.mature_visitors,
        steps.median_hours,
        1.0 * steps.mature_visitors / nullif(steps.n_mature, 0) as conversion_rate,
        {{ wilson_low('steps.mature_visitors', 'steps.n_mature') }}
            as conversion_rate_low,
        {{ wilson_high('steps.mature_visitors', 'steps.n_mature') }}
            as conversion_rate_high,
        1.0 * steps.mature_visitors / nullif(steps.earlier_visitors, 0)
            as step_conversion_rate,
        {{ wilson_low('steps.mature_visitors', 'steps.earlier_visitors') }}
            as step_conversion_rate_low,
        {{ wilson_high('steps.mature_visitors', 'steps.earlier_visitors') }}
            as step_conversion_rate_high,
        {{ dbt.dateadd(
            'day', 'steps.window_days + ' ~ var('late_days'),
            dbt.last_day('steps.month', 'month')
        ) }} < as_of.covered_date as is_final,
        steps.month
    from steps
    cross join as_of
)

select * from rated
