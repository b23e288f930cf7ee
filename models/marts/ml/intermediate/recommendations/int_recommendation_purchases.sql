with clicked as (
    select
        list_id,
        item_id,
        customer_id,
        clicked_at
    from {{ ref('int_recommendation_items') }}
    where is_clicked
),

orders as (
    select
        order_id,
        customer_id,
        ordered_at
    from {{ ref('orders') }}
    where
        is_paid
        and order_type = 'purchase'
),

order_lines as (
    select
        order_items.order_id,
        order_items.line_number,
        order_items.product_id,
        orders.customer_id,
        order_items.revenue,
        orders.ordered_at
    from {{ ref('order_items') }} as order_items
    inner join orders
        on order_items.order_id = orders.order_id
),

-- What is bought once is credited once, to the last click before it.
bought as (
    select
        clicked.list_id,
        clicked.item_id,
        order_lines.revenue,
        row_number() over (
            partition by order_lines.order_id, order_lines.line_number
            order by clicked.clicked_at desc, clicked.list_id desc
        ) as recency
    from clicked
    inner join order_lines
        on
            clicked.customer_id = order_lines.customer_id
            and clicked.item_id = order_lines.product_id
            and clicked.clicked_at <= order_lines.ordered_at
            and order_lines.ordered_at < {{ dbt.dateadd(
                'day', var('recommendation_purchase_days'), 'clicked.clicked_at'
            ) }}
),

purchases as (
    select
        list_id,
        item_id,
        sum(revenue) as revenue
    from bought
    where recency = 1
    group by list_id, item_id
)

select * from purchases
