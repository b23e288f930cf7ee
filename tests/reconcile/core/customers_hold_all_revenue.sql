-- Why: revenue by customer must add up to all revenue; orders of a customer who never arrived are the only rest.
-- Threshold: none, to the cent and the order.
-- A failure means: customers sums other orders than the paid ones, or an order is lost between the two tables.
with by_customer as (
    select
        coalesce(sum(order_count), 0) as order_count,
        coalesce(sum(lifetime_revenue), 0) as revenue
    from {{ ref('customers') }}
),

of_missing_customers as (
    select
        count(*) as order_count,
        coalesce(sum(orders.revenue), 0) as revenue
    from {{ ref('orders') }} as orders
    left join {{ ref('customers') }} as customers
        on orders.customer_id = customers.customer_id
    where orders.is_paid and customers.customer_id is null
),

by_order as (
    select
        count(*) as order_count,
        coalesce(sum(revenue), 0) as revenue
    from {{ ref('orders') }}
    where is_paid
)

select
    by_order.order_count,
    by_customer.order_count as order_count_of_customers,
    of_missing_customers.order_count as order_count_of_missing_customers,
    by_order.revenue,
    by_customer.revenue as revenue_of_customers,
    of_missing_customers.revenue as revenue_of_missing_customers
from by_order
cross join by_customer
cross join of_missing_customers
where
    by_order.order_count <> by_customer.order_count + of_missing_customers.order_count
    or by_order.revenue
    <> by_customer.revenue + of_missing_customers.revenue
