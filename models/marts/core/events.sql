{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(
        ref('int_staged_events'), ['brand', 'visitor_id'], ['count(*)', 'bit_xor(fingerprint)']
    ) }}",
) }}
with arrived_events as (
    select * from {{ ref('int_staged_events') }} as arrived
    where {{ is_changed(['brand', 'visitor_id'], 'arrived') }}
),

visitor_customers as (
    select
        brand,
        visitor_id,
        case
            when count(distinct customer_id) <= {{ var('max_customers_per_device') }}
                then max_by(customer_id, (occurred_at, customer_id))
        end as visitor_customer_id
    from arrived_events
    where customer_id is not null and not is_robot
    group by brand, visitor_id
),

paused as (
    select
        *,
        lag(occurred_at) over (
            partition by brand, visitor_id, is_robot order by occurred_at
        ) as previous_at
    from arrived_events
),

begun as (
    select
        *,
        max(case
            when previous_at is null or occurred_at > {{ dbt.dateadd(
                'minute', var('session_gap_minutes'), 'previous_at'
            ) }} then occurred_at
        end) over (
            partition by brand, visitor_id, is_robot order by occurred_at
        ) as visit_began_at
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
        *,
        case
            when not is_robot and coalesce(anonymous_id, source_id) is not null
                then md5({{ key_of(['brand', 'visitor_id', 'source_id',
                    'case when source_id is null then visit_began_at end']) }})
        end as session_id
    from in_sessions
),

attached as (
    select
        identified.*,
        visitor_customers.visitor_customer_id
    from identified
    left join visitor_customers
        on
            identified.brand = visitor_customers.brand
            and identified.visitor_id = visitor_customers.visitor_id
),

described as (
    select
        event_id,
        session_id,
        visitor_id,
        anonymous_id,
        case when not is_robot then visitor_customer_id end as customer_id,
        customer_id as identified_customer_id,
        brand,
        event_name,
        page_path,
        referrer,
        referrer_host,
        utm_source,
        utm_medium,
        utm_campaign,
        click_id,
        device_type,
        properties,
        fingerprint,
        session_id is not null and row_number() over in_session = 1 as is_session_start,
        is_robot,
        is_planned,
        is_activity,
        has_required_properties,
        occurred_at,
        device_occurred_at,
        received_at,
        arrived_at
    from attached
    window in_session as (partition by session_id order by occurred_at, event_id)
)

select * from described
