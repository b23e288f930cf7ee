with spans as (
    select * from {{ ref('int_experiment_live_spans') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

customer_days as (
    select
        'customer' as unit,
        customer_id as unit_id,
        brand,
        activity_date as active_date
    from {{ ref('customer_days') }}
),

-- A visitor is reached once, on the first visit.
visitors as (
    select
        'visitor' as unit,
        anonymous_id as unit_id,
        brand,
        min(started_date) as active_date
    from {{ ref('sessions') }}
    group by anonymous_id, brand
),

active as (
    select * from customer_days
    union all
    select * from visitors
),

months as (
    select
        spans.experiment_id,
        spans.variant,
        spans.brand,
        spans.unit,
        spans.live_share,
        count(*) as live_days,
        min(dates.date_day) as first_day,
        max(dates.date_day) as last_day,
        dates.month_start as month
    from spans
    cross join as_of
    inner join {{ ref('dates') }} as dates
        on
            spans.live_from <= dates.date_day
            and coalesce(spans.live_to, as_of.as_of_date) >= dates.date_day
            and as_of.as_of_date >= dates.date_day
    group by 1, 2, 3, 4, 5, dates.month_start
),

reached as (
    select
        months.experiment_id,
        months.variant,
        months.month,
        count(distinct active.unit_id) as units
    from months
    inner join active
        on
            months.brand = active.brand
            and months.unit = active.unit
            and active.active_date between months.first_day and months.last_day
    group by months.experiment_id, months.variant, months.month
),

live_months as (
    select
        months.experiment_id,
        months.variant,
        months.brand,
        months.unit,
        months.live_share,
        months.live_days,
        coalesce(reached.units, 0) as units,
        months.month
    from months
    left join reached
        on
            months.experiment_id = reached.experiment_id
            and months.variant = reached.variant
            and months.month = reached.month
)

select * from live_months
