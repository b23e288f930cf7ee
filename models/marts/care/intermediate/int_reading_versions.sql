{{ config(materialized='view') }}
-- One row per reading and version: in standard units, at a moment that can be, and whether the value can be.
with versions as (
    select
        *,
        {{ plausible_moment('measured_at', 'received_at') }} as plausible_at,
        -- Nobody could know it before it was received, nor before it was loaded.
        greatest(received_at, coalesce(arrived_at, received_at)) as known_at
    from {{ ref('stg_devices__reading_versions') }}
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
        versions.*,
        -- A decimal, so that means are the same in whatever order they are added.
        cast(
            round(versions.value * measurement_units.factor, 4) as decimal(18, 4)
        ) as standard_value,
        measurement_units.standard_unit,
        {{ reporting_date('versions.plausible_at') }} as measured_date
    from versions
    left join measurement_units
        on
            versions.measurement = measurement_units.measurement
            and versions.unit = measurement_units.unit
)

select
    converted.reading_id,
    converted.device_id,
    converted.customer_id,
    converted.measurement,
    converted.context,
    converted.value,
    converted.unit,
    converted.standard_value,
    converted.standard_unit,
    converted.standard_unit is null as is_unknown_unit,
    coalesce(
        converted.standard_value < plausible_ranges.low
        or converted.standard_value > plausible_ranges.high,
        false
    ) as is_implausible,
    converted.plausible_at <> converted.measured_at as is_clock_ahead,
    converted.is_newest,
    converted.measured_date,
    converted.plausible_at as measured_at,
    converted.measured_at as shown_at,
    converted.received_at,
    converted.known_at
from converted
left join plausible_ranges
    on converted.measurement = plausible_ranges.measurement
