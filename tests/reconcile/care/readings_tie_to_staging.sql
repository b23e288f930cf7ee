-- Why: a reading that is wrong is flagged, never lost; one that is counted twice is a patient twice as diligent.
-- Threshold: none. Every staged reading up to as_of, by the moment that can be, stands in readings once, with its own value.
with as_of as (
    select as_of_date from {{ as_of() }}
),

staged as (
    select
        staged_readings.reading_id,
        staged_readings.customer_id,
        staged_readings.value as reported_value
    from {{ ref('stg_devices__readings') }} as staged_readings
    cross join as_of
    where
        {{ reporting_date(plausible_moment(
            'staged_readings.measured_at', 'staged_readings.received_at'
        )) }} <= as_of.as_of_date
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
