-- One row per subscription and month in which it changed: what it brings a month, as the month ends.
with changes as (
    select
        change_id,
        subscription_id,
        customer_id,
        product_id,
        currency,
        changed_at,
        coalesce(effective_at, changed_at) as in_effect_at,
        {{ reporting_date('changed_at') }} as changed_date,
        {{ reporting_date('coalesce(effective_at, changed_at)') }} as effective_date,
        case when change_type = 'cancelled' then 0 else monthly_amount end as monthly_amount
    from {{ ref('stg_app__subscription_changes') }}
),

as_of as (
    select as_of_date from {{ ref('as_of') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('stg_app__customers') }}
),

products as (
    select
        product_id,
        brand
    from {{ ref('stg_app__products') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('int_exchange_rate_days') }}
),

in_effect as (
    select
        changes.*,
        cast({{ dbt.date_trunc('month', 'changes.effective_date') }} as date) as month
    from changes
    inner join as_of
        on changes.effective_date <= as_of.as_of_date
),

ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, month
            order by in_effect_at desc, changed_at desc, change_id desc
        ) as change_rank
    from in_effect
),

-- The rate of the day of its own change stays until the next change.
month_ends as (
    select
        ranked.subscription_id,
        ranked.month,
        ranked.customer_id,
        coalesce(customers.brand, products.brand, 'unknown') as brand,
        {{ in_usd('ranked.monthly_amount', 'rates.usd_rate') }} as mrr_usd
    from ranked
    left join customers
        on ranked.customer_id = customers.customer_id
    left join products
        on ranked.product_id = products.product_id
    left join rates
        on ranked.currency = rates.currency
        and ranked.changed_date = rates.rate_date
    where ranked.change_rank = 1
)

select * from month_ends
