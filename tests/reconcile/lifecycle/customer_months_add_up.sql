-- Why: months are days added up; what they lose, retention and spend ranks lose too.
-- Threshold: none, to the cent. A failure means that a day of customer_days is missing in its month or counted twice.
with days as (
    select
        brand,
        count(*) as active_days,
        sum(event_count + session_count + order_count + reading_count) as signs,
        sum(revenue) as revenue
    from {{ ref('customer_days') }}
    group by brand
),

months as (
    select
        brand,
        sum(active_days) as active_days,
        sum(event_count + session_count + order_count + reading_count) as signs,
        sum(revenue) as revenue
    from {{ ref('customer_months') }}
    group by brand
)

select
    coalesce(days.brand, months.brand) as brand,
    days.active_days,
    months.active_days as active_days_of_months,
    days.signs,
    months.signs as signs_of_months,
    days.revenue,
    months.revenue as revenue_usd_of_months
from days
full join months
    on days.brand = months.brand
where
    days.active_days is distinct from months.active_days
    or days.signs is distinct from months.signs
    or days.revenue is distinct from months.revenue
