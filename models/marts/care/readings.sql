{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(ref('int_newest_readings'), ['customer_id']) }}",
) }}
with measured as (
    select *
    from {{ ref('int_newest_readings') }} as arrived
    where {{ is_changed(['customer_id'], 'arrived') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by customer_id, measurement, context, shown_at, value, unit
            order by known_at, received_at, reading_id
        ) as copy_number
    from measured
),

flagged as (
    select
        reading_id,
        device_id,
        customer_id,
        measurement,
        context,
        place,
        value as reported_value,
        unit as reported_unit,
        standard_unit as unit,
        standard_value as value,
        time_zone,
        is_unknown_unit,
        is_implausible,
        is_clock_ahead,
        copy_number > 1 as is_duplicate,
        not is_unknown_unit and not is_implausible and copy_number = 1 as is_usable,
        measured_date,
        local_measured_at,
        measured_at,
        shown_at,
        received_at,
        known_at,
        fingerprint
    from numbered
)

select * from flagged
