with versions as (
    select
        *,
        -- Features are of reporting days: where a patient lives may be known later.
        {{ reporting_date('measured_at') }} as measured_date,
        {{ row_fingerprint([
            'customer_id', 'measurement', 'context', 'value', 'unit', 'measured_at',
            'shown_at'
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

-- The same value of the same timestamp is one reading, known as long as any of its
-- copies says so.
reached as (
    select
        *,
        max(coalesce(known_until, cast('9999-12-31' as timestamp))) over (
            partition by
                customer_id, measurement, context, shown_at, measured_at, standard_value
            order by known_at, reading_id
            rows between unbounded preceding and 1 preceding
        ) as known_so_far
    from dated
    where not is_unknown_unit and not is_implausible
),

spells as (
    select
        *,
        sum(case when known_at <= known_so_far then 0 else 1 end) over (
            partition by
                customer_id, measurement, context, shown_at, measured_at, standard_value
            order by known_at, reading_id
        ) as spell_number
    from reached
),

times as (
    select
        customer_id,
        measurement,
        context,
        standard_value as value,
        measured_at,
        shown_at,
        measured_date,
        min(known_at) as known_at,
        -- Empty as long as one of them still says so.
        case when count(*) = count(known_until) then max(known_until) end as known_until
    from spells
    group by
        customer_id,
        measurement,
        context,
        standard_value,
        measured_at,
        shown_at,
        measured_date,
        spell_number
)

select * from times
