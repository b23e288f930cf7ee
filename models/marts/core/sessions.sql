with sessions as (
    select
        session_id,
        brand,
        anonymous_id,
        customer_id,
        landing_page_path,
        referrer_host,
        utm_source,
        utm_medium,
        utm_campaign,
        device_type,
        event_count,
        is_converted,
        started_at,
        ended_at
    from {{ ref('int_sessions') }}
),

landings as (
    select
        brand,
        utm_source,
        utm_medium,
        utm_campaign,
        referrer_host,
        channel,
        campaign_id
    from {{ ref('int_landings') }}
),

with_channel as (
    select
        sessions.session_id,
        sessions.anonymous_id,
        sessions.customer_id,
        landings.campaign_id,
        sessions.brand,
        landings.channel,
        sessions.landing_page_path,
        sessions.referrer_host,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        sessions.device_type,
        sessions.event_count,
        {{ dbt.datediff('sessions.started_at', 'sessions.ended_at', 'second') }}
            as duration_seconds,
        sessions.is_converted,
        sessions.customer_id is not null as is_attached,
        {{ reporting_date('sessions.started_at') }} as started_date,
        sessions.started_at,
        sessions.ended_at
    from sessions
    left join landings
        on
            sessions.brand = landings.brand
            and sessions.utm_source is not distinct from landings.utm_source
            and sessions.utm_medium is not distinct from landings.utm_medium
            and sessions.utm_campaign is not distinct from landings.utm_campaign
            and sessions.referrer_host is not distinct from landings.referrer_host
)

select * from with_channel
