with changes as (
    select
        change_id,
        subscription_id,
        customer_id,
        mrr,
        month,
        in_effect_at,
        changed_at
    from {{ ref('int_subscription_changes') }}
),

brands as (
    select * from {{ ref('int_subscription_brands') }}
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
        brands.brand,
        ranked.mrr
    from ranked
    inner join brands
        on ranked.change_id = brands.change_id
    where ranked.change_rank = 1
)

select * from month_ends
