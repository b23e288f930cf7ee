with orders as (
    select
        order_id,
        customer_id,
        subscription_id,
        order_type,
        status,
        currency,
        ordered_at,
        promised_at
    from {{ ref('stg_app__orders') }}
),

order_brands as (
    select
        order_id,
        brand
    from {{ ref('int_order_brands') }}
),

order_amounts as (
    select
        order_id,
        item_count,
        gross_amount,
        discount_amount,
        revenue,
        deferred_amount,
        is_paid,
        amount_date,
        paid_at
    from {{ ref('int_order_amounts') }}
),

starts as (
    select * from {{ ref('int_fact_starts') }}
),

-- Who is older than the data may have ordered before it begins.
older_customers as (
    select customers.customer_id
    from {{ ref('stg_app__customers') }} as customers
    inner join starts
        on
            customers.brand = starts.brand
            and {{ reporting_date('customers.created_at') }} < starts.facts_from_date
),

-- By the moment paid: an older order paid later does not take the place of the first.
joined as (
    select
        orders.order_id,
        orders.customer_id,
        orders.subscription_id,
        order_brands.brand,
        orders.order_type,
        orders.status,
        orders.currency,
        order_amounts.item_count,
        order_amounts.gross_amount,
        order_amounts.discount_amount,
        order_amounts.revenue,
        order_amounts.deferred_amount,
        order_amounts.is_paid,
        order_amounts.is_paid
        and orders.customer_id is not null
        and older_customers.customer_id is null
        and row_number() over (
            partition by orders.customer_id, order_amounts.is_paid
            -- what is alike in all but its id: no number depends on which is the first
            order by
                coalesce(order_amounts.paid_at, orders.ordered_at) asc,
                orders.ordered_at asc,
                orders.order_type asc,
                order_amounts.revenue desc,
                orders.order_id asc
        ) = 1 as is_first_order,
        {{ reporting_date('orders.ordered_at') }} as ordered_date,
        case
            when order_amounts.is_paid then order_amounts.amount_date
        end as revenue_date,
        orders.ordered_at,
        order_amounts.paid_at,
        orders.promised_at
    from orders
    inner join order_brands
        on orders.order_id = order_brands.order_id
    inner join order_amounts
        on orders.order_id = order_amounts.order_id
    left join older_customers
        on orders.customer_id = older_customers.customer_id
)

select * from joined
