-- Why: the events of a day are counted once and kept; a day that changed and was not counted again would look odd, or
-- hide what is.
-- Threshold: none, both ways.
-- A failure means: daily_measures holds another number of rows for a day than events had arrived for by the end of
-- the day after it.
with events as (
    select
        row_key,
        {{ reporting_date('coalesce(occurred_at, received_at)') }} as fact_day,
        arrived_at
    from {{ ref('validated_events__events') }}
    where row_status in ('staged', 'superseded')
),

loads as (
    select {{ reporting_date('min(arrived_at)') }} as first_load_day from events
),

counted as (
    select
        events.fact_day,
        count(distinct events.row_key) as row_count
    from events
    cross join loads
    where events.arrived_at < {{ known_by('events.fact_day', 'loads.first_load_day') }}
    group by events.fact_day
),

measured as (
    select
        measured_date,
        cast(hits as bigint) as row_count
    from {{ ref('daily_measures') }}
    where node_name = 'raw_events__events' and measure = 'rows'
),

kept as (
    select
        min(measured_date) as first_date,
        max(measured_date) as last_date
    from measured
),

differences as (
    select
        coalesce(counted.fact_day, measured.measured_date) as measured_date,
        coalesce(counted.row_count, 0) as known_rows,
        coalesce(measured.row_count, 0) as measured_rows
    from counted
    inner join kept on counted.fact_day between kept.first_date and kept.last_date
    full join measured on counted.fact_day = measured.measured_date
)

select *
from differences
where known_rows is distinct from measured_rows
