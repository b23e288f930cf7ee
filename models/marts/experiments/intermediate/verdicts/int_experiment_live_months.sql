with spans as (
    select * from {{ ref('int_experiment_live_spans') }}
),

dates as (
    select
        dates.date_day,
        dates.month_start
    from {{ ref('dates') }} as dates
    inner join {{ as_of() }} as as_of
        on dates.date_day <= as_of.as_of_date
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
    where anonymous_id is not null
    group by anonymous_id, brand
),

active as (
    select * from customer_days
    union all
    select * from visitors
),

days as (
    select
        spans.*,
        dates.date_day,
        dates.month_start
    from spans
    inner join dates
        on
            spans.live_from <= dates.date_day
            and coalesce(spans.live_to >= dates.date_day, true)
),

live_months as (
    select
        days.experiment_id,
        days.variant,
        days.brand,
        days.unit,
        days.live_share,
        count(distinct days.date_day) as live_days,
        count(distinct active.unit_id) as units,
        days.month_start as month
    from days
    left join active
        on
            days.brand = active.brand
            and days.unit = active.unit
            and days.date_day = active.active_date
    group by
        days.experiment_id,
        days.variant,
        days.brand,
        days.unit,
        days.live_share,
        days.month_start
)

select * from live_months
