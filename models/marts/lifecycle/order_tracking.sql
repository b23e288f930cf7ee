with step_times as (
    select * from {{ ref('int_order_step_times') }}
),

as_of as (
    select {{ first_moment_after('as_of_date') }} as as_of_end
    from {{ as_of() }}
),

ordered as (
    select
        step_times.*,
        as_of.as_of_end,
        step_times.promised_at < as_of.as_of_end
        and not coalesce(step_times.cancelled_at <= step_times.promised_at, false)
            as is_promise_due,
        max(step_times.reached_at) over (
            partition by step_times.order_id
            order by step_times.step_number
            rows between unbounded preceding and 1 preceding
        ) as earlier_at,
        min(step_times.reached_at) over (
            partition by step_times.order_id
            order by step_times.step_number
            rows between 1 following and unbounded following
        ) as later_at
    from step_times
    cross join as_of
),

-- A later step shows that this one was reached by then, scanned or not.
timed as (
    select
        *,
        coalesce(reached_at, later_at) as done_at,
        {{ hours_between('earlier_at', 'reached_at') }} as hours,
        -- The step that everything is waiting for now.
        reached_at is null
        and later_at is null
        and cancelled_at is null
        and row_number() over (
            partition by order_id, reached_at is null, later_at is null
            order by step_number
        ) = 1 as is_waiting
    from ordered
),

tracked as (
    select
        order_id,
        customer_id,
        brand,
        step,
        step_number,
        fulfils_promise,
        hours,
        case when is_waiting then {{ hours_between('earlier_at', 'as_of_end') }} end
            as hours_waiting,
        is_waiting,
        later_at is not null as is_passed,
        case when fulfils_promise then is_promise_due end as is_due,
        case
            when fulfils_promise and is_promise_due
                then coalesce(done_at <= promised_at, false)
        end as is_on_time,
        fulfils_promise
        and coalesce(done_at, cancelled_at) is null
        and coalesce(promised_at < as_of_end, false) as is_late_now,
        {{ hours_between(
            'promised_at', 'coalesce(done_at, cancelled_at, as_of_end)'
        ) }} as hours_late,
        cancelled_at is not null as is_cancelled,
        {{ reporting_date('promised_at') }} as promised_date,
        ordered_at,
        promised_at,
        last_promised_at,
        reached_at
    from timed
)

select * from tracked
