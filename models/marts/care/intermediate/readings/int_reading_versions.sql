{{ config(materialized='view') }}
with first_loads as (
    select min(arrived_at) as first_arrived_at
    from {{ ref('stg_devices__reading_versions') }}
),

-- Nobody could know a reading before it was received, nor before it was loaded; but the
-- first load brings the past, which was known when it was received.
versions as (
    select
        readings.*,
        {{ plausible_moment('readings.measured_at', 'readings.received_at') }}
            as plausible_at,
        case
            when readings.arrived_at > first_loads.first_arrived_at
                then greatest(readings.received_at, readings.arrived_at)
            else readings.received_at
        end as known_at
    from {{ ref('stg_devices__reading_versions') }} as readings
    cross join first_loads
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
        -- A decimal, so that means are the same in whatever order they are added; empty
        -- when it is too large for one.
        try_cast(
            round(versions.value * measurement_units.factor, 4) as decimal(18, 4)
        ) as standard_value,
        measurement_units.standard_unit,
        {{ reporting_date('versions.plausible_at') }} as measured_date
    from versions
    left join measurement_units
        on
            versions.measurement = measurement_units.measurement
            and versions.unit = measurement_units.unit
),

versions_checked as (
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
            converted.standard_unit is not null and converted.standard_value is null
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
)

select * from versions_checked
