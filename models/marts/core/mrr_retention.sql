with subscription_months as (
    select
        customer_id,
        brand,
        currency,
        monthly_amount,
        cast({{ dbt.dateadd('month', 12, 'month') }} as date) as month
    from {{ ref('int_subscription_months') }}
),

as_of as (
    select
        as_of_date,
        covered_date
    from {{ covered_by(['app.subscription_changes', 'finance.exchange_rates']) }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

closings as (
    select
        customer_id,
        brand,
        month,
        closing_mrr
    from {{ ref('mrr_movements') }}
),

years as (
    select
        subscription_months.*,
        {{ is_final(
            dbt.last_day('subscription_months.month', 'month'), 'as_of.covered_date'
        ) }} as is_final,
        least(
            cast({{ dbt.last_day('subscription_months.month', 'month') }} as date),
            as_of.as_of_date
        ) as last_day
    from subscription_months
    inner join as_of
        on subscription_months.month <= as_of.as_of_date
),

-- At one rate, that of the end: what the rates did in the year is no retention.
customers as (
    select
        years.customer_id,
        years.brand,
        years.month,
        years.is_final,
        sum({{ converted('years.monthly_amount', 'rates') }}) as opening_mrr
    from years
    inner join rates
        on
            years.currency = rates.currency
            and years.last_day = rates.rate_date
    group by years.customer_id, years.brand, years.month, years.is_final
),

kept as (
    select
        customers.brand,
        customers.month,
        customers.is_final,
        customers.opening_mrr,
        coalesce(closings.closing_mrr, 0) as retained_mrr,
        least(customers.opening_mrr, coalesce(closings.closing_mrr, 0))
            as gross_retained_mrr
    from customers
    left join closings
        on
            customers.customer_id = closings.customer_id
            and customers.brand = closings.brand
            and customers.month = closings.month
    where customers.opening_mrr > 0
),

summed as (
    select
        brand,
        count(*) as n,
        count(case when retained_mrr > 0 then 1 end) as n_retained,
        cast(sum(opening_mrr) as decimal(24, 6)) as opening_mrr,
        cast(sum(retained_mrr) as decimal(24, 6)) as retained_mrr,
        cast(sum(gross_retained_mrr) as decimal(24, 6)) as gross_retained_mrr,
        is_final,
        month
    from kept
    group by brand, month, is_final
),

rated as (
    select
        brand,
        n,
        n_retained,
        opening_mrr,
        retained_mrr,
        gross_retained_mrr,
        cast(retained_mrr as double) / nullif(opening_mrr, 0)
            as net_revenue_retention,
        cast(gross_retained_mrr as double) / nullif(opening_mrr, 0)
            as gross_revenue_retention,
        is_final,
        month
    from summed
)

select * from rated
