with order_stalls as (
    select
        *,
        is_due and not is_on_time as is_late
    from {{ ref('int_order_stalls') }}
),

as_of as (
    select covered_date from {{ covered_by([
        'app.orders', 'app.order_status_events', 'payments.payments',
    ]) }}
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
        count(case when is_due then 1 end) as n_mature,
        count(case when is_on_time then 1 end) as orders_on_time,
        count(case when is_late then 1 end) as orders_late,
        count(case when is_late and is_longest_beyond_usual then 1 end)
            as late_orders_stalled_here,
        percentile_cont(0.5) within group (order by hours) as median_hours,
        percentile_cont(0.9) within group (order by hours) as ninetieth_percentile_hours
    from order_stalls
    group by brand, step, step_number, month
),

rated as (
    select
        counted.*,
        1.0 * counted.orders_on_time / nullif(counted.n_mature, 0) as on_time_share,
        {{ wilson_low('counted.orders_on_time', 'counted.n_mature') }}
            as on_time_share_low,
        {{ wilson_high('counted.orders_on_time', 'counted.n_mature') }}
            as on_time_share_high,
        {{ is_final(dbt.last_day('counted.month', 'month'), 'as_of.covered_date') }}
        and counted.orders_open = 0 as is_final
    from counted
    cross join as_of
)

select * from rated
