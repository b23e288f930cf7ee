-- depends_on: {{ ref('metric_values') }}
with periods as (
    select
        grain,
        period_start,
        before_start
    from {{ ref('int_change_periods') }}
    where not is_running and not is_cut
),

dates as (
    select
        date_day,
        week_start,
        month_start
    from {{ ref('dates') }}
),

wanted as (
    select
        grain,
        period_start
    from periods
    union
    select
        grain,
        before_start as period_start
    from periods
),

-- MetricFlow's SQL below is bounded by these days.
wanted_days as (
    {% for grain, start in (
        ('day', 'date_day'), ('week', 'week_start'), ('month', 'month_start')
    ) %}
    select
        wanted.grain,
        wanted.period_start,
        dates.date_day
    from wanted
    inner join dates on wanted.period_start = dates.{{ start }}
    where wanted.grain = '{{ grain }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

asked as (
    {{ metric_cells_sql(ref('metric_dimensions')) }}
),

-- What was asked for by day adds up to weeks and months; the rest is read as it is.
by_brand as (
    select
        asked.metric_name,
        wanted_days.grain,
        asked.brand,
        asked.dimension,
        asked.segment,
        asked.adds_up,
        {{ steady_sum('asked.value') }} as value,
        wanted_days.period_start
    from asked
    inner join wanted_days
        on
            asked.period_start = wanted_days.date_day
            and (asked.rolls_up or asked.grain = wanted_days.grain)
    where isfinite(asked.value)
    group by
        asked.metric_name,
        wanted_days.grain,
        asked.brand,
        asked.dimension,
        asked.segment,
        asked.adds_up,
        wanted_days.period_start
),

in_all as (
    select
        metric_name,
        grain,
        'all' as brand,
        dimension,
        segment,
        {{ steady_sum('value') }} as value,
        period_start
    from by_brand
    where adds_up
    group by metric_name, grain, dimension, segment, period_start
),

cells as (
    select
        metric_name,
        grain,
        brand,
        dimension,
        segment,
        value,
        period_start
    from by_brand
    union all
    select * from in_all
)

select * from cells
