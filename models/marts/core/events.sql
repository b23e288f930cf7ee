{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed(ref('int_staged_events'), ['brand', 'visitor_id']) }}",
) }}
with arrived_events as (
    select * from {{ ref('int_staged_events') }} as arrived
    where {{ is_changed(['brand', 'visitor_id'], 'arrived') }}
),

owners as (
    select
        brand,
        visitor_id,
        max_by(customer_id, (occurred_at, customer_id)) as owner_id
    from arrived_events
    where customer_id is not null and not is_robot
    group by brand, visitor_id
    having count(distinct customer_id) <= {{ var('max_customers_per_device') }}
),

paused as (
    select
        event_id,
        brand,
        visitor_id,
        anonymous_id,
        source_session_id,
        occurred_at,
        lag(occurred_at) over (partition by brand, visitor_id order by occurred_at)
            as previous_at
    from arrived_events
    where not is_robot
),

begun as (
    select
        *,
        max(case
            when previous_at is null or occurred_at > {{ dbt.dateadd(
                'minute', var('session_gap_minutes'), 'previous_at'
            ) }} then occurred_at
        end) over (partition by brand, visitor_id order by occurred_at)
            as visit_began_at
    from paused
),

-- An event without a session id is in the one that goes on around it, else in the next.
in_sessions as (
    select
        *,
        coalesce(
            source_session_id,
            max_by(source_session_id, (occurred_at, source_session_id)) over until_now,
            min_by(source_session_id, (occurred_at, source_session_id)) over from_now
        ) as source_id
    from begun
    window
        visit as (partition by brand, visitor_id, visit_began_at),
        until_now as (visit order by occurred_at),
        from_now as (visit order by occurred_at desc)
),

identified as (
    select
        event_id,
        occurred_at,
        md5({{ key_of(['brand', 'visitor_id', 'source_id',
            'case when source_id is null then visit_began_at end']) }}) as session_id
    from in_sessions
    where coalesce(anonymous_id, source_id) is not null
),

started as (
    select
        event_id,
        session_id,
        row_number() over (partition by session_id order by occurred_at, event_id) = 1
            as is_session_start
    from identified
),

described as (
    select
        arrived_events.event_id,
        started.session_id,
        arrived_events.visitor_id,
        arrived_events.anonymous_id,
        case when not arrived_events.is_robot then owners.owner_id end as customer_id,
        arrived_events.customer_id as identified_customer_id,
        arrived_events.brand,
        arrived_events.event_name,
        arrived_events.page_path,
        arrived_events.referrer,
        arrived_events.referrer_host,
        arrived_events.utm_source,
        arrived_events.utm_medium,
        arrived_events.utm_campaign,
        arrived_events.click_id,
        arrived_events.device_type,
        arrived_events.properties,
        arrived_events.fingerprint,
        coalesce(started.is_session_start, false) as is_session_start,
        arrived_events.is_robot,
        arrived_events.is_planned,
        arrived_events.is_activity,
        arrived_events.has_required_properties,
        arrived_events.occurred_at,
        arrived_events.device_occurred_at,
        arrived_events.received_at,
        arrived_events.arrived_at
    from arrived_events
    left join started on arrived_events.event_id = started.event_id
    left join owners
        on
            arrived_events.brand = owners.brand
            and arrived_events.visitor_id = owners.visitor_id
)

select * from described
