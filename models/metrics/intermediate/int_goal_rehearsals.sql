{% set marks = ['known_until', 'month_from', 'next_from', 'next_until'] %}
with looks as (
    select
        *,
        cast({{ dbt.dateadd('day', -1, month_of('known_until')) }} as date)
            as month_from
    from {{ ref('int_goal_looks') }}
    where known_until >= begin_day
),

totals as (
    select
        metric_name,
        brand,
        numerator_total,
        volume_total,
        date_day
    from {{ ref('int_goal_totals') }}
    where date_day >= begin_day
),

months as (
    select distinct month_start from {{ ref('dates') }}
),

earlier as (
    select
        looks.*,
        {{ dbt.datediff('months.month_start', 'looks.known_until', 'month') }}
            as months_back
    from looks
    inner join months
        on looks.known_until >= months.month_start
),

-- The same days of earlier months; the end of a month stays one.
shifted as (
    select
        *,
        {% for mark in marks %}
        {% set earlier_day = dbt.dateadd('month', '-months_back', mark) %}
        cast(
            case
                when {{ mark }} = {{ dbt.last_day(mark, 'month') }}
                    then {{ dbt.last_day(earlier_day, 'month') }}
                else {{ earlier_day }}
            end as date
        ) as earlier_{{ mark }},
        {% endfor %}
        known_until as last_day
    from earlier
    where months_back <= months_ahead + 2 * {{ var('goal_rehearsals') }} + 6
),

marked as (
    select
        shifted.goal_id,
        shifted.forecast_on,
        shifted.months_ahead,
        shifted.months_back,
        shifted.added_amount,
        next_until.numerator_total - next_from.numerator_total as next_numerator,
        next_until.volume_total - next_from.volume_total as next_volume,
        known_until.numerator_total,
        known_until.volume_total,
        month_from.numerator_total as month_numerator_total,
        month_from.volume_total as month_volume_total
    from shifted
    {% for mark in marks %}
    left join totals as {{ mark }}
        on
            shifted.metric_name = {{ mark }}.metric_name
            and shifted.brand = {{ mark }}.brand
            and shifted.earlier_{{ mark }} = {{ mark }}.date_day
            and shifted.last_day >= {{ mark }}.date_day
    {% endfor %}
),

-- What came before: the month so far, or whole months.
based as (
    select
        *,
        0 as base_months,
        numerator_total - month_numerator_total as base_numerator,
        volume_total - month_volume_total as base_volume
    from marked
    union all
    select
        marked.*,
        bases.base_months,
        marked.numerator_total - months_before.numerator_total as base_numerator,
        marked.volume_total - months_before.volume_total as base_volume
    from marked
    cross join (values (1), (3), (6)) as bases (base_months)
    left join marked as months_before
        on
            marked.goal_id = months_before.goal_id
            and marked.forecast_on = months_before.forecast_on
            and marked.months_back + bases.base_months = months_before.months_back
),

rehearsals as (
    select
        goal_id,
        forecast_on,
        months_ahead,
        months_back,
        base_months,
        next_numerator,
        next_volume,
        base_numerator,
        base_volume,
        cast((base_numerator + added_amount) / nullif(base_volume, 0) as double)
            as base_rate,
        cast((next_numerator + added_amount) / nullif(next_volume, 0) as double)
            as next_rate
    from based
)

select * from rehearsals
