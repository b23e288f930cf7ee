with subscription_months as (
    select
        subscription_id,
        month,
        customer_id,
        brand,
        mrr
    from {{ ref('int_subscription_months') }}
),

-- A subscription that changes hands leaves one customer and comes to the other.
with_previous as (
    select
        *,
        lag(customer_id) over months as previous_customer_id,
        lag(brand) over months as previous_brand,
        lag(mrr) over months as previous_mrr
    from subscription_months
    window months as (partition by subscription_id order by month)
),

steps as (
    select
        customer_id,
        brand,
        month,
        mrr as step
    from with_previous
    union all
    select
        previous_customer_id,
        previous_brand,
        month,
        -previous_mrr as step
    from with_previous
    where previous_customer_id is not null
),

summed as (
    select
        customer_id,
        brand,
        month,
        cast(sum(step) as decimal(24, 6)) as step
    from steps
    group by customer_id, brand, month
)

select * from summed
