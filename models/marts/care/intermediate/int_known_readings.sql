-- One row per reading and version that can be used, with the time in which it was what we knew: from known_at until known_until.
with versions as (
    select
        *,
        {{ plausible_moment('measured_at', 'received_at') }} as plausible_at,
        greatest(received_at, coalesce(arrived_at, received_at)) as known_at
    from {{ ref('stg_devices__reading_versions') }}
),

measurement_units as (
    select
        measurement,
        unit,
        factor
    from {{ ref('measurement_units') }}
),

plausible_ranges as (
    select
        measurement,
        low,
        high
    from {{ ref('plausible_ranges') }}
),

fingerprinted as (
    select
        *,
        {{ row_fingerprint([
            'customer_id', 'measurement', 'context', 'value', 'unit', 'plausible_at'
        ]) }} as fingerprint
    from versions
),

-- A version that says the same as the one before it says nothing new.
compared as (
    select
        *,
        coalesce(
            fingerprint <> lag(fingerprint) over (
                partition by reading_id order by known_at, fingerprint
            ),
            true
        ) as is_new
    from fingerprinted
),

dated as (
    select
        *,
        lead(known_at) over (
            partition by reading_id order by known_at, fingerprint
        ) as known_until
    from compared
    where is_new
),

converted as (
    select
        dated.reading_id,
        dated.customer_id,
        dated.measurement,
        dated.context,
        cast(
            round(dated.value * measurement_units.factor, 4) as decimal(18, 4)
        ) as value,
        dated.plausible_at as measured_at,
        dated.known_at,
        dated.known_until
    from dated
    inner join measurement_units
        on
            dated.measurement = measurement_units.measurement
            and dated.unit = measurement_units.unit
),

plausible as (
    select
        converted.*,
        row_number() over (
            partition by
                converted.customer_id,
                converted.measurement,
                converted.context,
                converted.measured_at,
                converted.value
            order by converted.known_at, converted.reading_id
        ) as copy_number
    from converted
    inner join plausible_ranges
        on
            converted.measurement = plausible_ranges.measurement
            and converted.value >= plausible_ranges.low
            and converted.value <= plausible_ranges.high
)

select
    reading_id,
    customer_id,
    measurement,
    value,
    measured_at,
    {{ reporting_date('measured_at') }} as measured_date,
    known_at,
    known_until
from plausible
where copy_number = 1
