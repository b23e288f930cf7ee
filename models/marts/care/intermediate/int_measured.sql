{{ config(materialized='view') }}
-- One row per reading, up to as_of: in standard units, at a moment that can be, and whether the value can be.
with readings as (
    select
        reading_id,
        device_id,
        customer_id,
        measurement,
        context,
        value,
        unit,
        measured_at as shown_at,
        received_at,
        {{ plausible_moment('measured_at', 'received_at') }} as measured_at,
        -- Nobody could know it before it was received, nor before it was loaded.
        greatest(received_at, coalesce(arrived_at, received_at)) as known_at
    from {{ ref('stg_devices__readings') }}
),

as_of as (
    select as_of_date from {{ ref('as_of') }}
),

measurement_units as (
    select
        measurement,
        unit,
        factor,
        standard_unit
    from {{ ref('measurement_units') }}
),

plausible_ranges as (
    select
        measurement,
        low,
        high
    from {{ ref('plausible_ranges') }}
),

converted as (
    select
        readings.*,
        -- A decimal, so that means are the same in whatever order they are added.
        cast(
            round(readings.value * measurement_units.factor, 4) as decimal(18, 4)
        ) as standard_value,
        measurement_units.standard_unit,
        readings.measured_at <> readings.shown_at as is_clock_ahead,
        {{ reporting_date('readings.measured_at') }} as measured_date
    from readings
    left join measurement_units
        on
            readings.measurement = measurement_units.measurement
            and readings.unit = measurement_units.unit
),

judged as (
    select
        converted.*,
        converted.standard_unit is null as is_unknown_unit,
        coalesce(
            converted.standard_value < plausible_ranges.low
            or converted.standard_value > plausible_ranges.high,
            false
        ) as is_implausible
    from converted
    inner join as_of
        on converted.measured_date <= as_of.as_of_date
    left join plausible_ranges
        on converted.measurement = plausible_ranges.measurement
)

select
    *,
    {{ row_fingerprint([
        'reading_id', 'device_id', 'measurement', 'context', 'standard_value',
        'is_unknown_unit', 'is_implausible', 'measured_at', 'shown_at', 'known_at'
    ]) }} as fingerprint
from judged
