-- Why: a reading that is wrong is flagged, never lost; one that is counted twice is a patient twice as diligent.
-- Threshold: none. Every staged reading up to as_of, by the patient's clock and a plausible timestamp, is in readings once, with its own value.
with as_of as (
    select as_of_date from {{ as_of() }}
),

zones as (
    select
        customers.customer_id,
        zones.time_zone
    from {{ ref('stg_app__customers') }} as customers
    inner join {{ ref('country_time_zones') }} as zones
        on customers.country_code = zones.country_code
),

staged as (
    select
        staged_readings.reading_id,
        staged_readings.customer_id,
        staged_readings.value as reported_value
    from {{ ref('stg_devices__readings') }} as staged_readings
    cross join as_of
    left join {{ known_time_zones() }} as own_zones
        on lower(staged_readings.timezone) = lower(own_zones.time_zone)
    left join zones
        on staged_readings.customer_id = zones.customer_id
    where
        cast({{ at_time_zone(
            plausible_moment('staged_readings.measured_at', 'staged_readings.received_at'),
            "coalesce(own_zones.time_zone, zones.time_zone, '" ~ var('reporting_timezone') ~ "')"
        ) }} as date) <= as_of.as_of_date
),

readings as (
    select
        reading_id,
        customer_id,
        reported_value
    from {{ ref('readings') }}
)

select
    coalesce(staged.reading_id, readings.reading_id) as reading_id,
    staged.reported_value as staged_value,
    readings.reported_value
from staged
full join readings
    on staged.reading_id = readings.reading_id
where
    staged.reported_value is distinct from readings.reported_value
    or staged.customer_id is distinct from readings.customer_id
