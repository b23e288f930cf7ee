with as_of as (
    select
        as_of_date,
        covered_date
    from {{ covered_by([
        'app.orders', 'app.order_status_events', 'devices.readings', 'events.events',
        'payments.payments',
    ]) }}
),

-- Of customers who are older than the data the first month is not known: they are cohorts of their own.
active_months as (
    select
        months.customer_id,
        months.brand,
        months.month,
        months.revenue,
        customers.customer_id is not null as is_truncated,
        min(months.month) over (partition by months.customer_id, months.brand)
            as cohort_month,
        max(months.month) over (partition by months.customer_id, months.brand)
            as last_month
    from {{ ref('customer_months') }} as months
    left join {{ ref('customers') }} as customers
        on
            months.customer_id = customers.customer_id
            and months.brand = customers.brand
            and customers.is_older_than_data
),

all_months as (
    select
        month_start as month,
        {{ dbt.last_day('month_start', 'month') }} as month_end
    from {{ ref('dates') }}
    union
    select
        month,
        {{ dbt.last_day('month', 'month') }} as month_end
    from active_months
),

active as (
    select
        brand,
        cohort_month,
        is_truncated,
        month,
        count(*) as active_customers,
        count(case when month = last_month then 1 end) as last_seen_customers,
        sum(revenue) as revenue
    from active_months
    group by brand, cohort_month, is_truncated, month
),

cohorts as (
    select
        brand,
        cohort_month,
        is_truncated,
        active_customers as n
    from active
    where month = cohort_month
),

filled as (
    select
        cohorts.*,
        all_months.month,
        coalesce(active.active_customers, 0) as active_customers,
        coalesce(active.revenue, 0) as revenue,
        -- those who are seen for the last time in this month or later
        cast(sum(coalesce(active.last_seen_customers, 0)) over (
            partition by cohorts.brand, cohorts.cohort_month, cohorts.is_truncated
            order by all_months.month desc
        ) as bigint) as still_active_customers,
        case when all_months.month_end <= as_of.as_of_date then cohorts.n else 0 end
            as n_mature,
        {{ is_final(dbt.last_day('all_months.month', 'month'), 'as_of.covered_date') }}
            as is_final
    from cohorts
    cross join as_of
    inner join all_months
        on
            cohorts.cohort_month <= all_months.month
            and as_of.as_of_date >= all_months.month
    left join active
        on
            cohorts.brand = active.brand
            and cohorts.cohort_month = active.cohort_month
            and cohorts.is_truncated = active.is_truncated
            and all_months.month = active.month
),

rated as (
    select
        brand,
        cast({{ dbt.datediff('cohort_month', 'month', 'month') }} as integer)
            as age_months,
        n,
        n_mature,
        active_customers,
        still_active_customers,
        cast(revenue as decimal(24, 6)) as revenue,
        1.0 * active_customers / nullif(n_mature, 0) as retention_rate,
        {{ wilson_low('active_customers', 'n_mature') }} as retention_rate_low,
        {{ wilson_high('active_customers', 'n_mature') }} as retention_rate_high,
        1.0 * still_active_customers / nullif(n_mature, 0) as unbounded_retention_rate,
        {{ wilson_low('still_active_customers', 'n_mature') }}
            as unbounded_retention_rate_low,
        {{ wilson_high('still_active_customers', 'n_mature') }}
            as unbounded_retention_rate_high,
        is_truncated,
        is_final,
        cohort_month,
        month
    from filled
)

select * from rated
