{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(
        ref('events'),
        ['brand', 'anonymous_id'],
        ['count(*)', 'bit_xor(fingerprint)'],
        ['sum(event_count)', 'bit_xor(fingerprint)']
    ) }}",
) }}
with events as (
    select
        session_id,
        brand,
        anonymous_id,
        customer_id,
        event_name,
        page_path,
        referrer_host,
        utm_source,
        utm_medium,
        utm_campaign,
        device_type,
        fingerprint,
        is_session_start,
        occurred_at
    from {{ ref('events') }} as arrived
    where {{ is_changed(['brand', 'anonymous_id'], 'arrived') }}
),

conversions as (
    select event_name from {{ ref('int_planned_events') }}
    where is_conversion
),

sessions as (
    select
        session_id,
        brand,
        anonymous_id,
        max(customer_id) as customer_id,
        max(case when is_session_start then page_path end) as landing_page_path,
        max(case when is_session_start then referrer_host end) as referrer_host,
        max(case when is_session_start then utm_source end) as utm_source,
        max(case when is_session_start then utm_medium end) as utm_medium,
        max(case when is_session_start then utm_campaign end) as utm_campaign,
        max(case when is_session_start then device_type end) as device_type,
        count(*) as event_count,
        bit_xor(fingerprint) as fingerprint,
        -- a plan that names no conversion leaves it unknown
        case
            when exists (select 1 from conversions)
                then bool_or(event_name in (select conversions.event_name from conversions))
        end as is_converted,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from events
    group by session_id, brand, anonymous_id
)

select * from sessions
