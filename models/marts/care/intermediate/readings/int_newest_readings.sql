{{ config(materialized='view') }}
with as_of as (
    select as_of_date from {{ as_of() }}
),

newest as (
    select
        readings.reading_id,
        readings.device_id,
        readings.customer_id,
        readings.measurement,
        readings.context,
        readings.place,
        readings.value,
        readings.unit,
        readings.standard_value,
        readings.standard_unit,
        readings.time_zone,
        readings.is_unknown_unit,
        readings.is_implausible,
        readings.is_clock_ahead,
        cast(readings.local_measured_at as date) as measured_date,
        readings.local_measured_at,
        readings.measured_at,
        readings.shown_at,
        readings.received_at,
        readings.known_at,
        {{ row_fingerprint([
            'reading_id', 'device_id', 'measurement', 'context', 'place', 'standard_value',
            'is_unknown_unit', 'is_implausible', 'local_measured_at', 'measured_at',
            'shown_at', 'known_at'
        ]) }} as fingerprint
    from {{ ref('int_reading_versions') }} as readings
    inner join as_of
        on cast(readings.local_measured_at as date) <= as_of.as_of_date
    where readings.is_newest
)

select * from newest
