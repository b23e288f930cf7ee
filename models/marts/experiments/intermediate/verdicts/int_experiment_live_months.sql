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

active as (
    select distinct
        'customer' as unit,
        customer_id as unit_id,
        brand,
        activity_date as active_date
    from {{ ref('customer_days') }}
    union
    select
        'visitor' as unit,
        anonymous_id as unit_id,
        brand,
        started_date as active_date
    from {{ ref('sessions') }}
    where anonymous_id is not null
),

revenue as (
    select
        brand,
        revenue_date,
        sum(revenue) as revenue
    from {{ ref('orders') }}
    where is_paid
    group by brand, revenue_date
),

days as (
    select
        spans.*,
        dates.date_day,
        dates.month_start as month
    from spans
    inner join dates
        on
            spans.live_from <= dates.date_day
            and coalesce(spans.live_to >= dates.date_day, true)
),

active_units as (
    select
        days.experiment_id,
        days.variant,
        days.month,
        count(distinct active.unit_id) as active_units
    from days
    inner join active
        on
            days.brand = active.brand
            and days.unit = active.unit
            and days.date_day = active.active_date
    group by days.experiment_id, days.variant, days.month
),

live_days as (
    select
        days.experiment_id,
        days.variant,
        days.brand,
        days.unit,
        days.live_share,
        days.units_per_day,
        days.month,
        count(*) as live_days,
        greatest(coalesce(sum(revenue.revenue), 0), 0) as revenue
    from days
    left join revenue
        on
            days.brand = revenue.brand
            and days.date_day = revenue.revenue_date
    group by
        days.experiment_id,
        days.variant,
        days.brand,
        days.unit,
        days.live_share,
        days.units_per_day,
        days.month
),

-- Never more than came at all.
live_months as (
    select
        live_days.*,
        coalesce(active_units.active_units, 0) as active_units,
        live_days.live_share * least(
            live_days.units_per_day * live_days.live_days,
            coalesce(active_units.active_units, 0)
        ) as units
    from live_days
    left join active_units
        on
            live_days.experiment_id = active_units.experiment_id
            and live_days.variant = active_units.variant
            and live_days.month = active_units.month
)

select * from live_months
