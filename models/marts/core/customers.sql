with customers as (
    select
        customer_id,
        brand,
        birth_date,
        country_code,
        created_at
    from {{ ref('stg_app__customers') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

paid_orders as (
    select
        customer_id,
        count(*) as order_count,
        cast(sum(revenue) as decimal(24, 6)) as lifetime_revenue,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at
    from {{ ref('orders') }}
    where is_paid
    group by customer_id
),

age_bands as (
    select
        age_band,
        from_age,
        to_age
    from {{ ref('age_bands') }}
),

subscribers as (
    select distinct mrr_movements.customer_id
    from {{ ref('mrr_movements') }} as mrr_movements
    inner join as_of
        on
            mrr_movements.month
            = {{ month_of('as_of.as_of_date') }}
    where mrr_movements.closing_mrr > 0
),

starts as (
    select * from {{ ref('int_fact_starts') }}
),

aged as (
    select
        customers.*,
        {{ full_years('customers.birth_date', 'as_of.as_of_date') }} as age
    from customers
    cross join as_of
),

joined as (
    select
        aged.customer_id,
        aged.brand,
        aged.country_code,
        coalesce(age_bands.age_band, 'unknown') as age_band,
        coalesce(paid_orders.order_count, 0) as order_count,
        coalesce(paid_orders.lifetime_revenue, 0) as lifetime_revenue,
        subscribers.customer_id is not null as is_subscriber,
        coalesce(
            {{ reporting_date('aged.created_at') }} < starts.facts_from_date, false
        ) as is_older_than_data,
        {{ reporting_date('aged.created_at') }} as created_date,
        aged.created_at,
        paid_orders.first_order_at,
        paid_orders.last_order_at
    from aged
    left join age_bands
        on aged.age between age_bands.from_age and age_bands.to_age
    left join paid_orders
        on aged.customer_id = paid_orders.customer_id
    left join starts
        on aged.brand = starts.brand
    left join subscribers
        on aged.customer_id = subscribers.customer_id
)

select * from joined
