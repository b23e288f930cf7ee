with visitors as (
    select
        funnel,
        brand,
        person_id,
        step_number,
        entered_at,
        reached_at
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
    select {{ first_moment_after('as_of_date') }} as as_of_end
    from {{ as_of() }}
),

-- Every month has all steps, also those that nobody reached.
entries as (
    select
        visitors.funnel,
        visitors.brand,
        visitors.person_id,
        steps.step_number,
        steps.event_name,
        steps.window_days,
        visitors.entered_at,
        {{ dbt.dateadd('day', 'steps.window_days', 'visitors.entered_at') }}
        <= as_of.as_of_end as is_mature,
        cast({{ dbt.date_trunc(
            'month', reporting_date('visitors.entered_at')
        ) }} as date) as month
    from visitors
    cross join as_of
    inner join steps
        on
            visitors.funnel = steps.funnel
            and steps.brand in ('all', visitors.brand)
    where visitors.step_number = 1
),

reached as (
    select
        entries.*,
        visitors.reached_at,
        {{ hours_between('entries.entered_at', 'visitors.reached_at') }} as hours
    from entries
    left join visitors
        on
            entries.funnel = visitors.funnel
            and entries.brand = visitors.brand
            and entries.person_id = visitors.person_id
            and entries.step_number = visitors.step_number
),

counted as (
    select
        funnel,
        brand,
        step_number,
        event_name,
        max(window_days) as window_days,
        count(*) as n,
        count(case when is_mature then 1 end) as n_mature,
        count(reached_at) as visitors,
        count(case when is_mature then reached_at end) as mature_visitors,
        percentile_cont(0.5) within group (
            order by case when is_mature then hours end
        ) as median_hours,
        month
    from reached
    group by funnel, brand, step_number, event_name, month
)

select * from counted
