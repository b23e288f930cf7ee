with heavy_customers as (
    select * from {{ ref('int_heavy_customers') }}
),

customers as (
    select
        customer_id,
        country_code,
        age_band
    from {{ ref('customers') }}
),

lives as (
    select
        customer_id,
        brand,
        channel,
        plan
    from {{ ref('customer_lives') }}
    where life_number = 1
),

described as (
    select
        heavy_customers.customer_id,
        heavy_customers.brand,
        heavy_customers.is_heavy,
        customers.country_code,
        customers.age_band,
        lives.channel,
        lives.plan
    from heavy_customers
    left join customers
        on heavy_customers.customer_id = customers.customer_id
    left join lives
        on
            heavy_customers.customer_id = lives.customer_id
            and heavy_customers.brand = lives.brand
),

attributes as (
    select
        *,
        'country' as trait,
        country_code as value
    from described
    union all
    select
        *,
        'age band' as trait,
        age_band as value
    from described
    union all
    select
        *,
        'channel' as trait,
        channel as value
    from described
    union all
    select
        *,
        'plan' as trait,
        plan as value
    from described
),

-- Who has a value has all of it.
known as (
    select
        customer_id,
        brand,
        trait,
        value,
        cast(1 as double) as share,
        is_heavy
    from attributes
    where value <> 'unknown'
)

select * from known
