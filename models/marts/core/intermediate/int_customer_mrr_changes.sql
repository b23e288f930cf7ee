with subscription_months as (
    select
        subscription_id,
        month,
        customer_id,
        brand,
        mrr_usd
    from {{ ref('int_subscription_months') }}
),

-- A subscription that changes hands leaves one customer and comes to the other.
with_previous as (
    select
        *,
        lag(customer_id) over months as previous_customer_id,
        lag(brand) over months as previous_brand,
        lag(mrr_usd) over months as previous_mrr_usd
    from subscription_months
    window months as (partition by subscription_id order by month)
),

steps as (
    select
        customer_id,
        brand,
        month,
        mrr_usd as step_usd
    from with_previous
    union all
    select
        previous_customer_id,
        previous_brand,
        month,
        -previous_mrr_usd as step_usd
    from with_previous
    where previous_customer_id is not null
),

summed as (
    select
        customer_id,
        brand,
        month,
        cast(sum(step_usd) as decimal(18, 2)) as step_usd
    from steps
    group by customer_id, brand, month
)

select * from summed
