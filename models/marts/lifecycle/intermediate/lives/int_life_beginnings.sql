with lives as (
    select
        customer_id,
        brand,
        life_number,
        started_date,
        first_seen_date
    from {{ ref('int_lives') }}
),

customers as (
    select
        customer_id,
        country_code
    from {{ ref('customers') }}
),

products as (
    select
        product_id,
        product_name
    from {{ ref('products') }}
),

subscriptions as (
    select
        customer_id,
        brand,
        product_id,
        started_date,
        row_number() over (
            partition by customer_id, brand, started_date
            order by started_at, subscription_id
        ) as plan_number
    from {{ ref('subscriptions') }}
),

sessions as (
    select
        customer_id,
        brand,
        channel,
        started_date,
        row_number() over (
            partition by customer_id, brand
            order by started_at, channel, session_id
        ) as session_number
    from {{ ref('sessions') }}
    where
        customer_id is not null
        and is_touch
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
            else coalesce(products.product_name, 'unknown')
        end as plan
    from lives
    left join customers
        on lives.customer_id = customers.customer_id
    left join subscriptions
        on
            lives.customer_id = subscriptions.customer_id
            and lives.brand = subscriptions.brand
            and lives.first_seen_date = subscriptions.started_date
            and subscriptions.plan_number = 1
    left join products
        on subscriptions.product_id = products.product_id
    left join sessions
        on
            lives.customer_id = sessions.customer_id
            and lives.brand = sessions.brand
            and sessions.session_number = 1
            and lives.started_date >= sessions.started_date
)

select * from described
