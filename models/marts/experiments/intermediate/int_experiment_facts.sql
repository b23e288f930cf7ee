-- One row per fact that an experiment's metric can count: who, when, how much. A fact is named after its table and column.
with orders as (
    select
        order_id,
        customer_id,
        brand,
        order_type,
        revenue_usd,
        coalesce(paid_at, ordered_at) as counted_at
    from {{ ref('orders') }}
    where is_paid
),

refunds as (
    select
        refund_id,
        customer_id,
        brand,
        refund_amount_usd,
        refunded_at
    from {{ ref('refunds') }}
),

sessions as (
    select
        session_id,
        customer_id,
        anonymous_id,
        brand,
        started_at
    from {{ ref('sessions') }}
),

tickets as (
    select
        tickets.ticket_id,
        tickets.customer_id,
        customers.brand,
        tickets.opened_at
    from {{ ref('stg_support__tickets') }} as tickets
    inner join {{ ref('customers') }} as customers
        on tickets.customer_id = customers.customer_id
),

facts as (
    select
        'orders.revenue_usd' as fact,
        order_id as fact_id,
        customer_id as subject_id,
        brand,
        cast(revenue_usd as decimal(18, 2)) as amount,
        counted_at as occurred_at
    from orders
    union all
    select
        'orders.order_id' as fact,
        order_id as fact_id,
        customer_id as subject_id,
        brand,
        cast(1 as decimal(18, 2)) as amount,
        counted_at as occurred_at
    from orders
    union all
    select
        'orders.purchase_id' as fact,
        order_id as fact_id,
        customer_id as subject_id,
        brand,
        cast(1 as decimal(18, 2)) as amount,
        counted_at as occurred_at
    from orders
    where order_type = 'purchase'
    union all
    select
        'refunds.refund_amount_usd' as fact,
        refund_id as fact_id,
        customer_id as subject_id,
        brand,
        cast(refund_amount_usd as decimal(18, 2)) as amount,
        refunded_at as occurred_at
    from refunds
    union all
    select
        'sessions.session_id' as fact,
        session_id as fact_id,
        coalesce(customer_id, anonymous_id) as subject_id,
        brand,
        cast(1 as decimal(18, 2)) as amount,
        started_at as occurred_at
    from sessions
    union all
    select
        'tickets.ticket_id' as fact,
        ticket_id as fact_id,
        customer_id as subject_id,
        brand,
        cast(1 as decimal(18, 2)) as amount,
        opened_at as occurred_at
    from tickets
)

select * from facts
