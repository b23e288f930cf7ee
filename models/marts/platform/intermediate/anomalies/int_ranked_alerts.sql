with alerts as (
    select * from {{ ref('anomalies') }}
    where tier = 'alert'
),

-- A rule says more than a number.
ranked as (
    select
        *,
        case when z < 0 then 'down' else 'up' end as direction,
        row_number() over (
            partition by node_id, measured_date
            order by
                case when rule = 'statistics' then 1 else 0 end,
                abs(z) desc,
                measure
        ) as place,
        count(*) over (partition by node_id, measured_date) as measure_count,
        coalesce(
            {{ dbt.datediff(
                'lag(measured_date) over (partition by node_id order by measured_date, measure)',
                'measured_date', 'day',
            ) }} > 1,
            true
        ) as begins
    from alerts
),

-- Shares in percent, whole numbers of what is counted, two digits of means.
worded as (
    select
        node_id,
        node_name,
        node_kind,
        measure,
        kind,
        rule,
        direction,
        value,
        expected,
        low,
        high,
        z,
        {%- for side in ['value', 'expected', 'low', 'high'] %}
        case
            when kind in ('share', 'share of values')
                then {{ in_percent(side) }} || ' %'
            when kind in ('count', 'different')
                then cast(cast(round({{ side }}) as bigint) as varchar)
            else cast(cast(
                least(1e15, greatest(-1e15, {{ side }})) as decimal(24, 2)
            ) as varchar)
        end as {{ side }}_text,
        {%- endfor %}
        place,
        measure_count,
        max(begins) over (partition by node_id, measured_date) as is_new,
        measured_date
    from ranked
)

select * from worded
