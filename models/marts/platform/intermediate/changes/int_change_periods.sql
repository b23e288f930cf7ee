{% set kept = {
    'day': var('change_days'), 'week': var('change_weeks'), 'month': var('change_months')
} %}
with periods as (
    select
        grain,
        period_start,
        period_end
    from {{ ref('metric_periods') }}
    where grain in ('day', 'week', 'month')
),

run as (
    select
        as_of_date,
        metrics_from
    from {{ as_of() }}
),

numbered as (
    select
        *,
        row_number() over (partition by grain order by period_start desc)
            as periods_back
    from periods
),

-- A day or a week a year before is 52 weeks before: the same day of the week.
compared as (
    {% for grain, number in kept.items() %}
    select
        *,
        'previous' as comparison,
        {{ dbt.dateadd(grain, -1, 'period_start') }} as compared_start
    from numbered
    where grain = '{{ grain }}' and periods_back <= {{ number }}
    union all
    select
        *,
        'year_before' as comparison,
        {% if grain == 'month' %}
        {{ dbt.dateadd('month', -12, 'period_start') }} as compared_start
        {% else %}
        {{ dbt.dateadd('day', -364, 'period_start') }} as compared_start
        {% endif %}
    from numbered
    where grain = '{{ grain }}' and periods_back <= {{ number }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

paired as (
    select
        compared.grain,
        compared.comparison,
        {{ dbt.datediff('before.period_start', 'before.period_end', 'day') }} + 1
            as days_before,
        {{ dbt.datediff('compared.period_start', 'compared.period_end', 'day') }} + 1
            as days_after,
        compared.period_end > run.as_of_date as is_running,
        before.period_start < run.metrics_from as is_cut,
        compared.period_start,
        compared.period_end,
        before.period_start as before_start,
        before.period_end as before_end
    from compared
    cross join run
    inner join periods as before
        on
            compared.grain = before.grain
            and compared.compared_start = before.period_start
)

select * from paired
