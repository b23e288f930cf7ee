-- One row per brand, month of the promise and step: how long it takes, and of the late orders, at which step they stood
-- longer than usual.
with order_tracking as (
    select
        order_id,
        brand,
        step,
        step_number,
        fulfils_promise,
        hours,
        -- What it waits for counts as long as it has waited.
        coalesce(hours, hours_waiting) as hours_so_far,
        reached_at is null and not is_passed and not is_cancelled as is_open,
        is_due,
        is_on_time,
        {{ month_of('promised_date') }} as month
    from {{ ref('order_tracking') }}
    where promised_date is not null
),

as_of as (
    select as_of_date from {{ as_of() }}
),

usual as (
    select
        brand,
        step,
        percentile_cont(0.5) within group (order by hours) as usual_hours
    from order_tracking
    group by brand, step
),

outcomes as (
    select
        order_id,
        is_due,
        is_on_time
    from order_tracking
    where fulfils_promise
),

promised_steps as (
    select
        brand,
        max(step_number) as step_number
    from order_tracking
    where fulfils_promise
    group by brand
),

compared as (
    select
        order_tracking.*,
        outcomes.is_due as is_order_due,
        outcomes.is_on_time as is_order_on_time,
        row_number() over (
            partition by order_tracking.order_id
            order by
                case
                    when order_tracking.step_number <= promised_steps.step_number
                        then order_tracking.hours_so_far - usual.usual_hours
                end desc nulls last,
                order_tracking.step_number
        ) as stall_rank
    from order_tracking
    inner join outcomes
        on order_tracking.order_id = outcomes.order_id
    inner join promised_steps
        on order_tracking.brand = promised_steps.brand
    left join usual
        on
            order_tracking.brand = usual.brand
            and order_tracking.step = usual.step
),

counted as (
    select
        brand,
        step,
        step_number,
        month,
        count(*) as orders,
        count(hours) as orders_timed,
        count(case when is_open then 1 end) as orders_open,
        count(case when is_order_due then 1 end) as n_mature,
        count(case when is_order_on_time then 1 end) as orders_on_time,
        count(case when is_order_due and not is_order_on_time then 1 end)
            as orders_late,
        count(
            case
                when is_order_due and not is_order_on_time and stall_rank = 1 then 1
            end
        ) as late_orders_stalled_here,
        percentile_cont(0.5) within group (order by hours) as median_hours,
        percentile_cont(0.9) within group (order by hours) as ninetieth_percentile_hours
    from compared
    group by brand, step, step_number, month
)

select
    counted.brand,
    counted.step,
    counted.step_number,
    counted.orders,
    counted.orders_timed,
    counted.orders_open,
    counted.median_hours,
    counted.ninetieth_percentile_hours,
    counted.n_mature,
    counted.orders_on_time,
    counted.orders_late,
    counted.late_orders_stalled_here,
    1.0 * counted.orders_on_time / nullif(counted.n_mature, 0) as on_time_share,
    {{ wilson_low('counted.orders_on_time', 'counted.n_mature') }}
        as on_time_share_low,
    {{ wilson_high('counted.orders_on_time', 'counted.n_mature') }}
        as on_time_share_high,
    {{ is_final(dbt.last_day('counted.month', 'month'), 'as_of.as_of_date') }}
    and counted.orders_open = 0 as is_final,
    counted.month
from counted
cross join as_of
