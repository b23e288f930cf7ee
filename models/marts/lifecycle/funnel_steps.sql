-- One row per funnel, brand, month of entry and step: how many of those who entered reached it in time. Only visitors whose
-- window has passed are counted in rates.
with visitors as (
    select
        funnel,
        brand,
        anonymous_id,
        step_number,
        entered_at,
        reached_at,
        {{ reporting_date('entered_at') }} as entered_date
    from {{ ref('int_funnel_visitors') }}
),

steps as (
    select
        funnel,
        brand,
        cast(step_number as integer) as step_number,
        event_name,
        cast(window_days as integer) as window_days
    from {{ ref('funnels') }}
),

as_of as (
    select
        as_of_date,
        {{ first_moment_after('as_of_date') }} as as_of_end
    from {{ as_of() }}
),

-- Every month has all steps, also those that nobody reached.
entries as (
    select
        visitors.funnel,
        visitors.brand,
        visitors.anonymous_id,
        steps.step_number,
        steps.event_name,
        steps.window_days,
        visitors.entered_at,
        {{ month_of('visitors.entered_date') }} as month
    from visitors
    inner join steps
        on
            visitors.funnel = steps.funnel
            and steps.brand in ('all', visitors.brand)
    where visitors.step_number = 1
),

judged as (
    select
        entries.*,
        visitors.reached_at,
        {{ dbt.dateadd('day', 'entries.window_days', 'entries.entered_at') }}
        <= as_of.as_of_end as is_mature
    from entries
    cross join as_of
    left join visitors
        on
            entries.funnel = visitors.funnel
            and entries.brand = visitors.brand
            and entries.anonymous_id = visitors.anonymous_id
            and entries.step_number = visitors.step_number
),

counted as (
    select
        funnel,
        brand,
        step_number,
        event_name,
        month,
        max(window_days) as window_days,
        count(*) as n,
        count(case when is_mature then 1 end) as n_mature,
        count(reached_at) as visitors,
        count(case when is_mature then reached_at end) as mature_visitors,
        percentile_cont(0.5) within group (
            order by case
                when is_mature then {{ hours_between('entered_at', 'reached_at') }}
            end
        ) as median_hours
    from judged
    group by funnel, brand, step_number, event_name, month
),

compared as (
    select
        *,
        lag(mature_visitors) over (
            partition by funnel, brand, month
            order by step_number
        ) as earlier_visitors
    from counted
)

select
    compared.funnel,
    compared.brand,
    compared.step_number,
    compared.event_name as step,
    compared.n,
    compared.n_mature,
    compared.visitors,
    compared.mature_visitors,
    compared.median_hours,
    1.0 * compared.mature_visitors / nullif(compared.n_mature, 0) as conversion_rate,
    {{ wilson_low('compared.mature_visitors', 'compared.n_mature') }}
        as conversion_rate_low,
    {{ wilson_high('compared.mature_visitors', 'compared.n_mature') }}
        as conversion_rate_high,
    1.0 * compared.mature_visitors / nullif(compared.earlier_visitors, 0)
        as step_conversion_rate,
    {{ wilson_low('compared.mature_visitors', 'compared.earlier_visitors') }}
        as step_conversion_rate_low,
    {{ wilson_high('compared.mature_visitors', 'compared.earlier_visitors') }}
        as step_conversion_rate_high,
    {{ dbt.dateadd(
        'day', 'compared.window_days + ' ~ var('late_days'),
        dbt.last_day('compared.month', 'month')
    ) }} < as_of.as_of_date as is_final,
    compared.month
from compared
cross join as_of
