-- Why: an order that is not tracked is late without anybody seeing it.
-- Threshold: none. Every paid order of a brand with steps has each of them once, and every event of such a step is in it: its moment
-- is the first of them.
with steps as (
    select
        brand,
        status
    from {{ ref('order_steps') }}
),

as_of as (
    select {{ first_moment_after('as_of_date') }} as as_of_end
    from {{ as_of() }}
),

events as (
    select
        status_events.order_id,
        status_events.status,
        min(status_events.occurred_at) as first_at
    from {{ ref('stg_app__order_status_events') }} as status_events
    cross join as_of
    where status_events.occurred_at < as_of.as_of_end
    group by status_events.order_id, status_events.status
),

expected as (
    select
        orders.order_id,
        steps.status as step,
        events.first_at as reached_at
    from {{ ref('orders') }} as orders
    inner join steps
        on orders.brand = steps.brand
    left join events
        on
            orders.order_id = events.order_id
            and steps.status = events.status
    where orders.is_paid
),

tracked as (
    select
        order_id,
        step,
        reached_at
    from {{ ref('order_tracking') }}
)

select
    coalesce(expected.order_id, tracked.order_id) as order_id,
    coalesce(expected.step, tracked.step) as step,
    expected.reached_at as expected_at,
    tracked.reached_at
from expected
full join tracked
    on
        expected.order_id = tracked.order_id
        and expected.step = tracked.step
where
    expected.reached_at is distinct from tracked.reached_at
    or expected.order_id is null
    or tracked.order_id is null
