with readings as (
    select * from {{ ref('int_known_readings') }}
),

feature_days as (
    select * from {{ ref('int_feature_days') }}
),

-- A reading comes in on the first day after it was known, and goes on the first after it was replaced.
changes as (
    select
        customer_id,
        measurement,
        value,
        1 as reading_change,
        known_at as changed_at
    from readings
    union all
    select
        customer_id,
        measurement,
        -value as value,
        -1 as reading_change,
        known_until as changed_at
    from readings
    where known_until is not null
),

changed as (
    select distinct changed_at from changes
),

first_features as (
    select
        changed.changed_at,
        min(feature_days.feature_date) as feature_date
    from changed
    inner join feature_days
        on changed.changed_at < feature_days.feature_at
    group by changed.changed_at
),

summed as (
    select
        changes.customer_id,
        changes.measurement,
        first_features.feature_date,
        sum(changes.reading_change) as reading_count,
        sum(changes.value) as total
    from changes
    inner join first_features
        on changes.changed_at = first_features.changed_at
    group by changes.customer_id, changes.measurement, first_features.feature_date
),

levels as (
    select distinct
        summed.customer_id,
        summed.measurement,
        feature_days.feature_date
    from summed
    cross join feature_days
),

running as (
    select
        levels.customer_id,
        levels.measurement,
        levels.feature_date,
        cast(sum(coalesce(summed.total, 0)) over until_now as double)
        / nullif(greatest(sum(coalesce(summed.reading_count, 0)) over until_now, 0), 0)
            as mean
    from levels
    left join summed
        on
            levels.customer_id = summed.customer_id
            and levels.measurement = summed.measurement
            and levels.feature_date = summed.feature_date
    window until_now as (
        partition by levels.customer_id, levels.measurement
        order by levels.feature_date
        rows between unbounded preceding and current row
    )
)

select * from running
