-- One row per subscription and month in which it changed: what it brings at the end.
with changes as (
    select
        change_id,
        subscription_id,
        customer_id,
        product_id,
        mrr_usd,
        month,
        in_effect_at,
        changed_at
    from {{ ref('int_subscription_changes') }}
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

ranked as (
    select
        *,
        row_number() over (
            partition by subscription_id, month
            order by in_effect_at desc, changed_at desc, change_id desc
        ) as change_rank
    from changes
),

month_ends as (
    select
        ranked.subscription_id,
        ranked.month,
        ranked.customer_id,
        coalesce(customers.brand, products.brand, 'unknown') as brand,
        ranked.mrr_usd
    from ranked
    left join customers
        on ranked.customer_id = customers.customer_id
    left join products
        on ranked.product_id = products.product_id
    where ranked.change_rank = 1
)

select * from month_ends
