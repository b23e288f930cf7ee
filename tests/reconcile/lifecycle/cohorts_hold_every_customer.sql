-- Why: a customer outside of all cohorts is missing from retention, and so is its revenue.
-- Threshold: none. First cells sum to all customers who were ever active, all cells to their active months and their revenue.
with customers as (
    select
        brand,
        count(distinct customer_id) as customers,
        count(*) as active_months,
        sum(revenue) as revenue
    from {{ ref('customer_months') }}
    group by brand
),

cohorts as (
    select
        brand,
        sum(case when age_months = 0 then active_customers end) as customers,
        sum(active_customers) as active_months,
        sum(revenue) as revenue
    from {{ ref('retention_cohorts') }}
    group by brand
)

select
    coalesce(customers.brand, cohorts.brand) as brand,
    customers.customers,
    cohorts.customers as customers_of_cohorts,
    customers.active_months,
    cohorts.active_months as active_months_of_cohorts,
    customers.revenue,
    cohorts.revenue as revenue_usd_of_cohorts
from customers
full join cohorts
    on customers.brand = cohorts.brand
where
    customers.customers is distinct from cohorts.customers
    or customers.active_months is distinct from cohorts.active_months
    or customers.revenue is distinct from cohorts.revenue
