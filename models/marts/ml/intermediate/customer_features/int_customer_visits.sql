with first_loads as (
    select cast(min(arrived_at) as date) as first_load_date
    from {{ ref('events') }}
),

sources as (
    select
        session_id,
        channel,
        named_at
    from {{ ref('session_sources') }}
    where channel <> 'direct'
),

-- Who it was is known by events that name the customer; what the device is tied to
-- later was not known then.
identified as (
    select
        events.identified_customer_id as customer_id,
        events.brand,
        events.session_id,
        {{ reporting_date('events.occurred_at') }} as visit_date,
        min({{ known_moment(
            'events.occurred_at', 'events.arrived_at', 'first_loads.first_load_date'
        ) }}) as known_at
    from {{ ref('events') }} as events
    cross join first_loads
    where
        events.identified_customer_id is not null
        and events.session_id is not null
        and not events.is_robot
    group by
        events.identified_customer_id,
        events.brand,
        events.session_id,
        {{ reporting_date('events.occurred_at') }}
),

-- A day counts once: an event that comes late may join two sessions, but no days.
visit_days as (
    select
        customer_id,
        brand,
        min(known_at) as known_at
    from identified
    group by customer_id, brand, visit_date
),

named as (
    select
        sources.session_id,
        sources.channel,
        min({{ known_moment(
            'events.occurred_at', 'events.arrived_at', 'first_loads.first_load_date'
        ) }}) as known_at
    from sources
    inner join {{ ref('events') }} as events
        on
            sources.session_id = events.session_id
            and sources.named_at = events.occurred_at
    cross join first_loads
    group by sources.session_id, sources.channel
),

facts as (
    select
        customer_id,
        brand,
        cast(null as varchar) as channel,
        1 as visit_count,
        known_at
    from visit_days
    union all
    select
        identified.customer_id,
        identified.brand,
        named.channel,
        0 as visit_count,
        greatest(identified.known_at, named.known_at) as known_at
    from identified
    inner join named on identified.session_id = named.session_id
),

days as (
    select
        customer_id,
        brand,
        max_by(channel, (known_at, channel)) as channel,
        cast(sum(visit_count) as bigint) as visit_count,
        {{ reporting_date('known_at') }} as fact_date
    from facts
    group by customer_id, brand, {{ reporting_date('known_at') }}
)

select * from days
