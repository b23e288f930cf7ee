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
    select as_of_date from {{ as_of() }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('exchange_rate_days') }}
),

closings as (
    select
        customer_id,
        brand,
        month,
        closing_mrr_usd
    from {{ ref('mrr_movements') }}
),

years as (
    select
        subscription_months.*,
        {{ is_final(
            dbt.last_day('subscription_months.month', 'month'), 'as_of.as_of_date'
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
        sum({{ in_usd('years.monthly_amount', 'rates.usd_rate') }}) as opening_mrr_usd
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
        customers.opening_mrr_usd,
        coalesce(closings.closing_mrr_usd, 0) as retained_mrr_usd,
        least(customers.opening_mrr_usd, coalesce(closings.closing_mrr_usd, 0))
            as gross_retained_mrr_usd
    from customers
    left join closings
        on
            customers.customer_id = closings.customer_id
            and customers.brand = closings.brand
            and customers.month = closings.month
    where customers.opening_mrr_usd > 0
),

summed as (
    select
        brand,
        count(*) as n,
        count(case when retained_mrr_usd > 0 then 1 end) as n_retained,
        cast(sum(opening_mrr_usd) as decimal(18, 2)) as opening_mrr_usd,
        cast(sum(retained_mrr_usd) as decimal(18, 2)) as retained_mrr_usd,
        cast(sum(gross_retained_mrr_usd) as decimal(18, 2)) as gross_retained_mrr_usd,
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
        opening_mrr_usd,
        retained_mrr_usd,
        gross_retained_mrr_usd,
        cast(retained_mrr_usd as double) / nullif(opening_mrr_usd, 0)
            as net_revenue_retention,
        cast(gross_retained_mrr_usd as double) / nullif(opening_mrr_usd, 0)
            as gross_revenue_retention,
        is_final,
        month
    from summed
)

select * from rated
