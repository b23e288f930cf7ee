with steps as (
    select
        brand,
        status,
        cast(step_number as integer) as step_number,
        fulfils_promise
    from {{ ref('order_steps') }}
),

orders as (
    select
        order_id,
        customer_id,
        brand,
        ordered_at,
        promised_at
    from {{ ref('orders') }}
    where is_paid
),

as_of as (
    select {{ first_moment_after('as_of_date') }} as as_of_end
    from {{ as_of() }}
),

status_events as (
    select
        events.order_id,
        events.status,
        events.occurred_at,
        events.promised_at,
        steps.step_number is not null as is_step,
        coalesce(steps.step_number, 0) as step_number
    from {{ ref('stg_app__order_status_events') }} as events
    inner join as_of
        on events.occurred_at < as_of.as_of_end
    left join orders
        on events.order_id = orders.order_id
    left join steps
        on
            orders.brand = steps.brand
            and events.status = steps.status
),

-- The first promise is the one that counts; of the same moment, that of the earlier step.
promises as (
    select
        order_id,
        min_by(promised_at, (occurred_at, not is_step, step_number, promised_at))
            as first_promised_at,
        max_by(promised_at, (occurred_at, is_step, step_number, promised_at))
            as last_promised_at
    from status_events
    where promised_at is not null
    group by order_id
),

-- Who cancels or gets the money back waits for nothing.
cancellations as (
    select
        order_id,
        min(occurred_at) as cancelled_at
    from status_events
    where status in ('cancelled', 'refunded')
    group by order_id
),

reached as (
    select
        order_id,
        status,
        min(occurred_at) as reached_at
    from status_events
    group by order_id, status
),

step_times as (
    select
        orders.order_id,
        orders.customer_id,
        orders.brand,
        steps.status as step,
        steps.step_number,
        steps.fulfils_promise,
        orders.ordered_at,
        coalesce(promises.first_promised_at, orders.promised_at) as promised_at,
        coalesce(promises.last_promised_at, orders.promised_at) as last_promised_at,
        reached.reached_at,
        cancellations.cancelled_at
    from orders
    inner join steps
        on orders.brand = steps.brand
    left join promises
        on orders.order_id = promises.order_id
    left join cancellations
        on orders.order_id = cancellations.order_id
    left join reached
        on
            orders.order_id = reached.order_id
            and steps.status = reached.status
)

select * from step_times
