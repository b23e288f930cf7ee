with dates as (
    select
        date_day,
        week_start,
        month_start,
        quarter_start
    from {{ ref('dates') }}
),

as_of as (
    select
        as_of_date,
        covered_date,
        metrics_from
    from {{ as_of() }}
),

days as (
    select
        dates.*,
        as_of.as_of_date,
        as_of.covered_date
    from dates
    inner join as_of
        on dates.date_day between as_of.metrics_from and as_of.as_of_date
),

periods as (
    select
        'day' as grain,
        date_day as period_start,
        date_day as period_end,
        as_of_date,
        covered_date
    from days
    union all
    select distinct
        'week' as grain,
        week_start as period_start,
        cast({{ dbt.dateadd('day', 6, 'week_start') }} as date) as period_end,
        as_of_date,
        covered_date
    from days
    union all
    select distinct
        'month' as grain,
        month_start as period_start,
        cast({{ dbt.last_day('month_start', 'month') }} as date) as period_end,
        as_of_date,
        covered_date
    from days
    union all
    select distinct
        'quarter' as grain,
        quarter_start as period_start,
        cast({{ dbt.last_day('quarter_start', 'quarter') }} as date) as period_end,
        as_of_date,
        covered_date
    from days
),

dated as (
    select
        grain,
        {{ is_final('period_end', 'covered_date') }} as is_final,
        period_start,
        period_end,
        least(period_end, as_of_date) as last_day
    from periods
)

select * from dated
