with metric_values as (
    select
        metric_name,
        brand,
        value,
        n,
        is_final,
        period_start
    from {{ ref('metric_values') }}
    where grain = 'day' and value is not null
),

definitions as (
    select
        metric_name,
        unit,
        kind,
        is_share_of_counts
    from {{ ref('metric_definitions') }}
    -- A level is mostly that of the day before: what moves it is judged where it happens.
    where not is_snapshot
),

-- A sum is its count times its mean: both are judged, the sum is not.
named as (
    select
        {{ node_id_of('metric', '') }} || metric_values.metric_name as node_id,
        case
            when metric_values.brand = 'all' then 'value'
            else 'value of ' || metric_values.brand
        end as measure,
        case
            when definitions.unit = 'count' and definitions.kind <> 'cumulative'
                then 'count'
            when definitions.is_share_of_counts and metric_values.n > 0 then 'share'
            when
                definitions.unit = 'money'
                and definitions.kind in ('simple', 'cumulative')
                then 'sum'
            when metric_values.value > 0 then 'log'
        end as kind,
        metric_values.value,
        metric_values.n,
        metric_values.is_final,
        metric_values.period_start as measured_date
    from metric_values
    inner join definitions on metric_values.metric_name = definitions.metric_name
),

measured as (
    select
        node_id,
        measured_date,
        measure,
        kind,
        '' as column_name,
        case
            when kind = 'count' then round(value)
            when kind = 'share' then round(value * n)
            when kind = 'sum' then value
        end as hits,
        case when kind = 'log' then 1 else round(n) end as n,
        case when kind = 'log' then ln(value) end as average,
        cast(null as double) as variance,
        cast(null as double) as cubes,
        cast(null as double) as fourths,
        is_final
    from named
    where kind is not null
)

select * from measured
