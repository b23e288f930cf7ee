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
                then greatest(
                    coalesce(readings.received_at, readings.measured_at),
                    readings.arrived_at
                )
            else coalesce(readings.received_at, readings.measured_at)
        end as known_at
    from {{ ref('stg_devices__reading_versions') }} as readings
    cross join first_loads
),

patient_zones as (
    select
        customers.customer_id,
        zones.time_zone
    from {{ ref('stg_app__customers') }} as customers
    inner join {{ ref('country_time_zones') }} as zones
        on customers.country_code = zones.country_code
),

known_zones as (
    select time_zone from {{ known_time_zones() }} as known_zones
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
        coalesce(
            own_zones.time_zone,
            patient_zones.time_zone,
            '{{ var('reporting_timezone') }}'
        ) as time_zone
    from versions
    left join measurement_units
        on
            versions.measurement = measurement_units.measurement
            and versions.unit = measurement_units.unit
    left join known_zones as own_zones
        on lower(versions.timezone) = lower(own_zones.time_zone)
    left join patient_zones
        on versions.customer_id = patient_zones.customer_id
),

versions_checked as (
    select
        converted.reading_id,
        converted.device_id,
        converted.customer_id,
        converted.measurement,
        converted.context,
        coalesce(converted.place, '{{ var('default_reading_place') }}') as place,
        converted.value,
        converted.unit,
        converted.standard_value,
        converted.standard_unit,
        converted.time_zone,
        converted.standard_unit is null as is_unknown_unit,
        coalesce(
            converted.standard_value < plausible_ranges.low
            or converted.standard_value > plausible_ranges.high,
            converted.standard_unit is not null and converted.standard_value is null
        ) as is_implausible,
        converted.plausible_at <> converted.measured_at as is_clock_ahead,
        converted.is_newest,
        {{ at_time_zone('converted.plausible_at', 'converted.time_zone') }}
            as local_measured_at,
        converted.plausible_at as measured_at,
        converted.measured_at as shown_at,
        converted.received_at,
        converted.known_at
    from converted
    left join plausible_ranges
        on converted.measurement = plausible_ranges.measurement
)

select * from versions_checked
