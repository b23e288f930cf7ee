with subscription_months as (
    select
        subscription_id,
        customer_id,
        brand,
        currency,
        monthly_amount,
        month,
        last_day
    from {{ ref('int_subscription_months') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate,
        rate
    from {{ ref('exchange_rate_days') }}
),

-- What a month ends with is what the next one opens with.
carried as (
    select
        subscription_months.*,
        cast({{ dbt.dateadd('month', 1, 'subscription_months.month') }} as date)
            as next_month,
        least(
            cast({{ dbt.last_day(
                dbt.dateadd('month', 1, 'subscription_months.month'), 'month'
            ) }} as date),
            as_of.as_of_date
        ) as next_last_day
    from subscription_months
    cross join as_of
),

valued as (
    select
        carried.*,
        {{ converted('carried.monthly_amount', 'rates') }} as mrr,
        {{ converted('carried.monthly_amount', 'next_rates') }} as next_mrr
    from carried
    inner join rates
        on
            carried.currency = rates.currency
            and carried.last_day = rates.rate_date
    inner join rates as next_rates
        on
            carried.currency = next_rates.currency
            and carried.next_last_day = next_rates.rate_date
),

steps as (
    select
        customer_id,
        brand,
        month,
        0 as opening_mrr,
        0 as revalued_mrr,
        mrr as closing_mrr
    from valued
    union all
    select
        valued.customer_id,
        valued.brand,
        valued.next_month as month,
        valued.mrr as opening_mrr,
        valued.next_mrr as revalued_mrr,
        0 as closing_mrr
    from valued
    inner join as_of
        on valued.next_month <= as_of.as_of_date
),

months as (
    select
        customer_id,
        brand,
        month,
        cast(sum(opening_mrr) as decimal(24, 6)) as opening_mrr,
        cast(sum(revalued_mrr) as decimal(24, 6)) as revalued_mrr,
        cast(sum(closing_mrr) as decimal(24, 6)) as closing_mrr
    from steps
    group by customer_id, brand, month
),

remembered as (
    select
        *,
        coalesce(
            min(case when closing_mrr > 0 then month end) over (
                partition by customer_id, brand
            ) < month,
            false
        ) as was_subscriber
    from months
)

select * from remembered
