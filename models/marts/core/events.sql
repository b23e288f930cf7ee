{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(
        ref('int_staged_events'),
        ['brand', 'anonymous_id'],
        ['count(*)', 'bit_xor(fingerprint)']
    ) }}",
) }}
-- A device is built again as a whole when anything of it changes.
with arrived_events as (
    select *
    from {{ ref('int_staged_events') }} as arrived
    where {{ is_changed(['brand', 'anonymous_id'], 'arrived') }}
),

planned_events as (
    select
        event_name,
        required_properties,
        is_activity
    from {{ ref('int_planned_events') }}
),

device_customers as (
    select
        brand,
        anonymous_id,
        count(distinct customer_id) as customer_count,
        max_by(customer_id, (occurred_at, event_id)) as last_customer_id
    from arrived_events
    where customer_id is not null
    group by brand, anonymous_id
),

paused as (
    select
        *,
        lag(occurred_at) over (
            partition by brand, anonymous_id order by occurred_at, event_id
        ) as previous_at
    from arrived_events
),

begun as (
    select
        *,
        previous_at is null
        or occurred_at > {{ dbt.dateadd(
            'minute', var('session_gap_minutes'), 'previous_at'
        ) }} as is_session_start
    from paused
),

in_sessions as (
    select
        *,
        max(case when is_session_start then occurred_at end) over (
            partition by brand, anonymous_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as session_started_at
    from begun
),

attached as (
    select
        in_sessions.event_id,
        md5({{ key_of([
            'in_sessions.brand',
            'in_sessions.anonymous_id',
            'in_sessions.session_started_at'
        ]) }}) as session_id,
        in_sessions.anonymous_id,
        case
            when
                device_customers.customer_count <= {{ var('max_customers_per_device') }}
                then device_customers.last_customer_id
        end as customer_id,
        in_sessions.customer_id as identified_customer_id,
        in_sessions.brand,
        in_sessions.event_name,
        in_sessions.page_path,
        in_sessions.referrer,
        {{ host_of('in_sessions.referrer') }} as referrer_host,
        in_sessions.utm_source,
        in_sessions.utm_medium,
        in_sessions.utm_campaign,
        in_sessions.device_type,
        in_sessions.properties,
        in_sessions.fingerprint,
        in_sessions.is_session_start,
        planned_events.event_name is not null as is_planned,
        coalesce(planned_events.is_activity, false) as is_activity,
        case
            when planned_events.event_name is not null then {{ has_json_values(
                'in_sessions.properties', 'planned_events.required_properties'
            ) }}
        end as has_required_properties,
        in_sessions.occurred_at,
        in_sessions.received_at,
        in_sessions.arrived_at
    from in_sessions
    left join device_customers
        on
            in_sessions.brand = device_customers.brand
            and in_sessions.anonymous_id = device_customers.anonymous_id
    left join planned_events on in_sessions.event_name = planned_events.event_name
)

select * from attached
