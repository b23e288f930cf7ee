with measured as (
    select * from {{ ref('int_measured_days') }}
),

dates as (
    select dates.date_day
    from {{ ref('dates') }} as dates
    inner join {{ as_of() }} as run on dates.date_day <= run.as_of_date
),

-- From the first day of a table on, a day without rows has none of them.
spans as (
    select
        node_id,
        basis,
        min(measured_date) as first_date
    from measured
    group by node_id, basis
),

counts as (
    select distinct
        node_id,
        measure,
        kind,
        column_name,
        basis,
        known_through
    from measured
    where kind in ('count', 'planned count', 'different') and basis <> 'metric'
),

-- A column of more values than a person reads is no category.
category_values as (
    select
        node_id,
        measure,
        column_name,
        min(known_through) as known_through,
        count(*) over (partition by node_id, column_name) as value_count
    from measured
    where kind = 'share of values'
    group by node_id, measure, column_name
),

days as (
    select
        counts.*,
        cast(null as double) as n,
        dates.date_day as measured_date
    from counts
    inner join spans on counts.node_id = spans.node_id and counts.basis = spans.basis
    inner join dates on spans.first_date <= dates.date_day
    union all
    select
        category_values.node_id,
        category_values.measure,
        'share of values' as kind,
        category_values.column_name,
        'fact' as basis,
        category_values.known_through,
        column_days.n,
        column_days.measured_date
    from category_values
    inner join measured as column_days
        on
            category_values.node_id = column_days.node_id
            and category_values.column_name = column_days.column_name
            and column_days.kind = 'different'
    where category_values.value_count <= {{ var('most_category_values') }}
),

filled as (
    select
        days.node_id,
        days.measure,
        days.kind,
        days.column_name,
        days.basis,
        coalesce(measured.hits, 0) as hits,
        coalesce(days.n, measured.n, 0) as n,
        cast(null as double) as average,
        cast(null as double) as variance,
        cast(null as double) as cubes,
        cast(null as double) as fourths,
        days.measured_date <= days.known_through as is_known,
        days.measured_date
    from days
    left join measured
        on
            days.node_id = measured.node_id
            and days.measure = measured.measure
            and days.measured_date = measured.measured_date
    union all
    select
        node_id,
        measure,
        kind,
        column_name,
        basis,
        hits,
        n,
        average,
        variance,
        cubes,
        fourths,
        is_final and measured_date <= known_through as is_known,
        measured_date
    from measured
    where
        kind in ('share', 'log', 'signed log', 'sum')
        or basis = 'metric'
)

select * from filled
