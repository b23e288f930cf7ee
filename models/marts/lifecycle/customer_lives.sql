-- One row per customer, brand and life, with what was known of the customer as it began.
with lives as (
    select * from {{ ref('int_lives') }}
),

customers as (
    select
        customer_id,
        country_code
    from {{ ref('customers') }}
),

customer_days as (
    select
        customer_id,
        brand,
        revenue_usd,
        activity_date
    from {{ ref('customer_days') }}
),

subscriptions as (
    select
        subscriptions.customer_id,
        subscriptions.brand,
        subscriptions.started_date,
        products.product_name,
        row_number() over (
            partition by
                subscriptions.customer_id,
                subscriptions.brand,
                subscriptions.started_date
            order by subscriptions.started_at, subscriptions.subscription_id
        ) as plan_number
    from {{ ref('subscriptions') }} as subscriptions
    left join {{ ref('products') }} as products
        on subscriptions.product_id = products.product_id
),

sessions as (
    select
        customer_id,
        brand,
        channel,
        started_date,
        row_number() over (
            partition by customer_id, brand
            order by started_at, session_id
        ) as session_number
    from {{ ref('sessions') }}
    where customer_id is not null
),

spending as (
    select
        lives.customer_id,
        lives.brand,
        lives.life_number,
        sum(customer_days.revenue_usd) as revenue_usd,
        sum(
            case
                when
                    {{ dbt.datediff(
                        'lives.started_date', 'customer_days.activity_date', 'day'
                    ) }} < 30
                    then customer_days.revenue_usd
            end
        ) as first_30_days_revenue_usd
    from lives
    inner join customer_days
        on
            lives.customer_id = customer_days.customer_id
            and lives.brand = customer_days.brand
            and customer_days.activity_date
            between lives.started_date and lives.last_seen_date
    group by lives.customer_id, lives.brand, lives.life_number
),

described as (
    select
        lives.customer_id,
        lives.brand,
        lives.life_number,
        coalesce(customers.country_code, 'unknown') as country_code,
        coalesce(sessions.channel, 'unknown') as channel,
        case
            when subscriptions.customer_id is null then 'none'
            else coalesce(subscriptions.product_name, 'unknown')
        end as plan,
        lives.observed_days,
        cast(coalesce(spending.revenue_usd, 0) as decimal(18, 2)) as revenue_usd,
        cast(coalesce(spending.first_30_days_revenue_usd, 0) as decimal(18, 2))
            as first_30_days_revenue_usd,
        lives.is_churned,
        lives.started_date,
        lives.last_seen_date,
        case when lives.is_churned then lives.last_seen_date end as churned_date
    from lives
    left join customers
        on lives.customer_id = customers.customer_id
    left join subscriptions
        on
            lives.customer_id = subscriptions.customer_id
            and lives.brand = subscriptions.brand
            and lives.started_date = subscriptions.started_date
            and subscriptions.plan_number = 1
    left join sessions
        on
            lives.customer_id = sessions.customer_id
            and lives.brand = sessions.brand
            and sessions.session_number = 1
            and lives.started_date >= sessions.started_date
    left join spending
        on
            lives.customer_id = spending.customer_id
            and lives.brand = spending.brand
            and lives.life_number = spending.life_number
),

-- Among the first lives that lasted 30 days: fixed before their clock starts.
deciles as (
    select
        customer_id,
        brand,
        life_number,
        cast(ntile(10) over (
            partition by brand
            order by first_30_days_revenue_usd desc, customer_id asc
        ) as integer) as spend_decile
    from described
    where life_number = 1 and observed_days >= 30
)

select
    described.customer_id,
    described.brand,
    described.life_number,
    described.country_code,
    described.channel,
    described.plan,
    deciles.spend_decile,
    described.observed_days,
    described.revenue_usd,
    described.first_30_days_revenue_usd,
    described.is_churned,
    described.started_date,
    described.last_seen_date,
    described.churned_date
from described
left join deciles
    on
        described.customer_id = deciles.customer_id
        and described.brand = deciles.brand
        and described.life_number = deciles.life_number
