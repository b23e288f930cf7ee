{%- set parts = ['int_table_measures', 'int_event_measures', 'int_reading_measures',
    'int_exposure_measures', 'int_prediction_measures', 'int_order_source_measures',
    'int_price_source_measures'] %}
with run as (
    select
        as_of_date,
        {{ reporting_date(
            'cast(' ~ dbt.dateadd('second', 1, 'known_until') ~ ' as timestamp)'
        ) }} as known_date,
        covered_date
    from {{ as_of() }}
),

measures as (
    {%- for part in parts %}
    select
        *,
        'fact' as basis,
        true as is_final
    from {{ ref(part) }}
    where kind <> 'state'
    union all
    {%- endfor %}
    select
        *,
        'arrival' as basis,
        true as is_final
    from {{ ref('int_arrival_measures') }}
    union all
    select
        *,
        'table' as basis,
        true as is_final
    from {{ ref('int_table_day_measures') }}
    union all
    select
        node_id,
        measured_date,
        measure,
        kind,
        column_name,
        hits,
        n,
        average,
        variance,
        cubes,
        fourths,
        'metric' as basis,
        is_final
    from {{ ref('int_metric_measures') }}
),

-- A day of raw rows is known when the day after it has ended, as it was for the days before.
kept as (
    select
        measures.node_id,
        measures.measure,
        measures.kind,
        measures.column_name,
        measures.basis,
        measures.hits,
        measures.n,
        measures.average,
        measures.variance,
        measures.cubes,
        measures.fourths,
        measures.is_final,
        case measures.basis
            when 'fact'
                then cast({{ dbt.dateadd('day', -2, 'run.known_date') }} as date)
            when 'arrival' then run.as_of_date
            when 'table'
                then cast({{ dbt.dateadd(
                    'day', '-' ~ var('late_days'), 'run.covered_date'
                ) }} as date)
            else run.as_of_date
        end as known_through,
        measures.measured_date
    from measures
    cross join run
    where
        measures.measured_date <= run.as_of_date
        and measures.measured_date
        > cast({{ dbt.dateadd(
            'day', '-' ~ var('measured_days'), 'run.as_of_date'
        ) }} as date)
)

select * from kept
