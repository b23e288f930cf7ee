-- Why: orders of customers who never arrived stay in orders; the vault must name each of them, and no other.
-- Threshold: none, both ways.
-- A failure means: orphaned_rows misses a parent that is not there, or reports one that is.
with missing as (
    select orders.order_id
    from {{ ref('orders') }} as orders
    left join {{ ref('customers') }} as customers
        on orders.customer_id = customers.customer_id
    where orders.customer_id is not null and customers.customer_id is null
),

reported as (
    select row_key as order_id
    from {{ ref('orphaned_rows') }}
    where
        source_system = 'app'
        and table_name = 'orders'
        and column_name = 'customer_id'
),

differences as (
    select
        coalesce(missing.order_id, reported.order_id) as order_id,
        missing.order_id is not null as is_missing,
        reported.order_id is not null as is_reported
    from missing
    full join reported
        on missing.order_id = reported.order_id
)

select *
from differences
where not (is_missing and is_reported)
