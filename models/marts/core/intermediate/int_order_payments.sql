with as_of as (
    select as_of_date from {{ as_of() }}
),

order_versions as (
    select
        order_id,
        status,
        paid_at,
        arrived_at,
        updated_at
    from {{ ref('stg_app__order_versions') }}
),

orders as (
    select
        order_id,
        paid_at
    from {{ ref('stg_app__orders') }}
),

payments as (
    select
        order_id,
        min(attempted_at) as paid_at
    from {{ ref('stg_payments__payments') }}
    where outcome = 'succeeded'
    group by order_id
),

-- A parcel sent says that it was paid for, but not when.
status_events as (
    select
        order_id,
        min(occurred_at) filter (where status = 'paid') as paid_at
    from {{ ref('stg_app__order_status_events') }}
    where status in ('paid', 'fulfilled', 'refunded')
    group by order_id
),

-- A later status never takes back that an order was paid.
paid_versions as (
    select
        order_id,
        min(paid_at) as paid_at
    from order_versions
    where
        paid_at is not null
        or status in ('paid', 'fulfilled', 'refunded')
    group by order_id
),

paid_orders as (
    select
        orders.order_id,
        coalesce(
            orders.paid_at,
            paid_versions.paid_at,
            payments.paid_at,
            status_events.paid_at
        ) as paid_at
    from orders
    left join paid_versions
        on orders.order_id = paid_versions.order_id
    left join payments
        on orders.order_id = payments.order_id
    left join status_events
        on orders.order_id = status_events.order_id
    where
        paid_versions.order_id is not null
        or payments.order_id is not null
        or status_events.order_id is not null
),

-- What is paid after as_of is not paid yet.
paid_by_as_of as (
    select paid_orders.*
    from paid_orders
    cross join as_of
    where
        paid_orders.paid_at < {{ first_moment_after('as_of.as_of_date') }}
        or paid_orders.paid_at is null
)

select * from paid_by_as_of
