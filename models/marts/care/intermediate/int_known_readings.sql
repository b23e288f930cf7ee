-- One row per reading and version that can be used, with the time in which it was what we knew: from known_at until known_until.
with versions as (
    select
        *,
        {{ row_fingerprint([
            'customer_id', 'measurement', 'context', 'value', 'unit', 'measured_at'
        ]) }} as fingerprint
    from {{ ref('int_reading_versions') }}
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
    from versions
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

numbered as (
    select
        *,
        row_number() over (
            partition by
                customer_id, measurement, context, measured_at, standard_value
            order by known_at, reading_id
        ) as copy_number
    from dated
    where not is_unknown_unit and not is_implausible
)

select
    reading_id,
    customer_id,
    measurement,
    standard_value as value,
    measured_at,
    measured_date,
    known_at,
    known_until
from numbered
where copy_number = 1
