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

usual as (
    select
        brand,
        step,
        percentile_cont(0.5) within group (order by hours) as usual_hours
    from order_tracking
    group by brand, step
),

promised_steps as (
    select
        brand,
        max(step_number) as step_number
    from order_tracking
    where fulfils_promise
    group by brand
),

outcomes as (
    select
        order_id,
        is_due,
        is_on_time
    from order_tracking
    where fulfils_promise
),

compared as (
    select
        order_tracking.order_id,
        order_tracking.brand,
        order_tracking.step,
        order_tracking.step_number,
        order_tracking.hours,
        order_tracking.is_open,
        outcomes.is_due,
        outcomes.is_on_time,
        case
            when order_tracking.step_number <= promised_steps.step_number
                then order_tracking.hours_so_far - usual.usual_hours
        end as hours_beyond_usual,
        order_tracking.month
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

ranked as (
    select
        *,
        row_number() over (
            partition by order_id
            order by hours_beyond_usual desc nulls last, step_number asc
        ) = 1 as is_longest_beyond_usual
    from compared
)

select * from ranked
