-- One row per paid order and step that its brand's orders go through: when it was reached, how long it took, and whether what
-- was promised was kept.
with steps as (
    select * from {{ ref('order_steps') }}
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
        events.promised_at
    from {{ ref('stg_app__order_status_events') }} as events
    cross join as_of
    where events.occurred_at < as_of.as_of_end
),

-- The first promise is the one that counts.
promises as (
    select
        order_id,
        min_by(promised_at, occurred_at) as first_promised_at,
        max_by(promised_at, occurred_at) as last_promised_at
    from status_events
    where promised_at is not null
    group by order_id
),

-- Who cancels or gets the money back waits for nothing.
cancelled as (
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

joined as (
    select
        orders.order_id,
        orders.customer_id,
        orders.brand,
        steps.status,
        cast(steps.step_number as integer) as step_number,
        steps.fulfils_promise,
        coalesce(promises.first_promised_at, orders.promised_at) as promised_at,
        coalesce(promises.last_promised_at, orders.promised_at) as last_promised_at,
        orders.ordered_at,
        reached.reached_at,
        cancelled.cancelled_at,
        as_of.as_of_end
    from orders
    inner join steps
        on orders.brand = steps.brand
    cross join as_of
    left join promises
        on orders.order_id = promises.order_id
    left join cancelled
        on orders.order_id = cancelled.order_id
    left join reached
        on
            orders.order_id = reached.order_id
            and steps.status = reached.status
),

timed as (
    select
        *,
        coalesce(cancelled_at <= promised_at, false) as is_cancelled_before,
        max(reached_at) over (
            partition by order_id
            order by step_number
            rows between unbounded preceding and 1 preceding
        ) as earlier_at,
        min(reached_at) over (
            partition by order_id
            order by step_number
            rows between 1 following and unbounded following
        ) as later_at
    from joined
),

measured as (
    select
        *,
        {{ hours_between('earlier_at', 'reached_at') }} as hours,
        -- The step that everything is waiting for now.
        reached_at is null
        and later_at is null
        and cancelled_at is null
        and row_number() over (
            partition by order_id, reached_at is null, later_at is null
            order by step_number
        ) = 1 as is_waiting
    from timed
)

select
    order_id,
    customer_id,
    brand,
    status as step,
    step_number,
    fulfils_promise,
    hours,
    case when is_waiting then {{ hours_between('earlier_at', 'as_of_end') }} end
        as hours_waiting,
    is_waiting,
    later_at is not null as is_passed,
    case
        when fulfils_promise then promised_at < as_of_end and not is_cancelled_before
    end as is_due,
    -- A later step shows that this one was reached by then, scanned or not.
    case
        when fulfils_promise and promised_at < as_of_end and not is_cancelled_before
            then coalesce(coalesce(reached_at, later_at) <= promised_at, false)
    end as is_on_time,
    fulfils_promise
    and coalesce(reached_at, later_at, cancelled_at) is null
    and coalesce(promised_at < as_of_end, false) as is_late_now,
    {{ hours_between(
        'promised_at', 'coalesce(reached_at, later_at, cancelled_at, as_of_end)'
    ) }} as hours_late,
    cancelled_at is not null as is_cancelled,
    {{ reporting_date('promised_at') }} as promised_date,
    ordered_at,
    promised_at,
    last_promised_at,
    reached_at
from measured
