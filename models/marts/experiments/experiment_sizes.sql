with sizes as (
    select
        *,
        2 * ceil(units_per_arm) as units_needed
    from {{ ref('int_experiment_sizes') }}
),

traffic_days as (
    select * from {{ ref('int_experiment_traffic_days') }}
),

windows as (
    select
        brand,
        unit,
        max(day_number) as days,
        max(units) as units,
        max(units)
        - coalesce(
            max(units) filter (where day_number <= {{ var('planning_days') }} - 7), 0
        ) as new_units
    from traffic_days
    group by brand, unit
),

reached as (
    select
        sizes.brand,
        sizes.unit,
        sizes.metric_name,
        sizes.relative_effect,
        min(traffic_days.day_number) as day_number
    from sizes
    inner join traffic_days
        on
            sizes.brand = traffic_days.brand
            and sizes.unit = traffic_days.unit
            and sizes.units_needed <= traffic_days.units
    group by sizes.brand, sizes.unit, sizes.metric_name, sizes.relative_effect
),

-- Beyond the window, units go on coming for the first time as in its last week.
timed as (
    select
        sizes.*,
        windows.units as traffic_units,
        cast(
            coalesce(
                reached.day_number,
                windows.days
                + ceil(
                    (sizes.units_needed - windows.units)
                    / nullif(windows.new_units / least(7.0, windows.days), 0)
                )
            ) as bigint
        ) as exposure_days
    from sizes
    inner join windows
        on
            sizes.brand = windows.brand
            and sizes.unit = windows.unit
    left join reached
        on
            sizes.brand = reached.brand
            and sizes.unit = reached.unit
            and sizes.metric_name = reached.metric_name
            and sizes.relative_effect = reached.relative_effect
),

rounded as (
    select
        brand,
        unit,
        metric_name,
        kind,
        problem,
        n_mature,
        baseline,
        relative_effect,
        cast(ceil(units_per_arm) as bigint) as units_per_arm,
        cast(ceil(units_per_arm_with_past) as bigint) as units_per_arm_with_past,
        cast(ceil(units_per_arm_always_valid) as bigint) as units_per_arm_always_valid,
        cast(ceil(units_per_arm_guardrail) as bigint) as units_per_arm_guardrail,
        explained_share,
        traffic_units,
        exposure_days,
        exposure_days + {{ var('planning_days') }} as days_until_result
    from timed
)

select * from rounded
