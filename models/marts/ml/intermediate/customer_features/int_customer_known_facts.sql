with customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
),

refunds as (
    select
        refund_id,
        order_id,
        customer_id,
        brand,
        refund_amount,
        refunded_at
    from {{ ref('refunds') }}
    where status <> 'failed' and customer_id is not null
),

-- The first version that says so: what was changed later was known before.
created as (
    select
        customer_id,
        min_by(created_at, (arrived_at, updated_at, created_at)) as happened_at,
        min(arrived_at) as arrived_at
    from {{ ref('stg_app__customer_versions') }}
    group by customer_id
),

order_arrivals as (
    select
        order_id,
        coalesce(
            min(case
                when paid_at is not null or status in ('paid', 'fulfilled', 'refunded')
                    then arrived_at
            end),
            min(arrived_at)
        ) as arrived_at
    from {{ ref('stg_app__order_versions') }}
    group by order_id
),

refund_arrivals as (
    select
        refund_id,
        min(arrived_at) as arrived_at
    from {{ ref('validated_payments__refunds') }}
    where row_status in ('staged', 'superseded')
    group by refund_id
),

tickets as (
    select
        ticket_id,
        min_by(customer_id, (arrived_at, opened_at, customer_id)) as customer_id,
        min_by(opened_at, (arrived_at, opened_at, customer_id)) as happened_at,
        min(arrived_at) as arrived_at
    from {{ ref('validated_support__tickets') }}
    where row_status in ('staged', 'superseded')
    group by ticket_id
),

facts as (
    select
        created.customer_id,
        customers.brand,
        'created' as fact,
        created.customer_id as fact_id,
        cast(null as decimal(24, 6)) as amount,
        created.happened_at,
        created.arrived_at
    from created
    inner join customers on created.customer_id = customers.customer_id
    union all
    select
        orders.customer_id,
        orders.brand,
        'order' as fact,
        orders.order_id as fact_id,
        orders.revenue as amount,
        coalesce(orders.paid_at, orders.ordered_at) as happened_at,
        order_arrivals.arrived_at
    from {{ ref('orders') }} as orders
    inner join order_arrivals on orders.order_id = order_arrivals.order_id
    where orders.is_paid and orders.customer_id is not null
    union all
    select
        refunds.customer_id,
        refunds.brand,
        'refund' as fact,
        refunds.refund_id as fact_id,
        refunds.refund_amount as amount,
        refunds.refunded_at as happened_at,
        greatest(refund_arrivals.arrived_at, order_arrivals.arrived_at) as arrived_at
    from refunds
    inner join refund_arrivals on refunds.refund_id = refund_arrivals.refund_id
    left join order_arrivals on refunds.order_id = order_arrivals.order_id
    union all
    select
        tickets.customer_id,
        coalesce(customers.brand, 'unknown') as brand,
        'contact' as fact,
        tickets.ticket_id as fact_id,
        null as amount,
        tickets.happened_at,
        tickets.arrived_at
    from tickets
    left join customers on tickets.customer_id = customers.customer_id
)

select * from facts
