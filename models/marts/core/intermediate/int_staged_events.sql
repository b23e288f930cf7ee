with staged_events as (
    select
        event_id,
        brand,
        anonymous_id,
        customer_id,
        event_name,
        page_path,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        device_type,
        properties,
        occurred_at,
        received_at,
        arrived_at
    from {{ ref('stg_events__events') }}
),

tracking_plan as (
    select
        event_name,
        property_name,
        is_required,
        is_activity,
        is_conversion
    from {{ ref('tracking_plan') }}
),

-- A change of the plan or of the vars builds every device again.
settings as (
    select
        {{ fingerprint([
            'event_name', 'property_name', 'is_required', 'is_activity', 'is_conversion'
        ]) }} as plan_version,
        {{ var('session_gap_minutes') }} as session_gap_minutes,
        {{ var('max_customers_per_device') }} as max_customers_per_device
    from tracking_plan
),

fingerprinted as (
    select
        staged_events.*,
        {{ row_fingerprint([
            'event_id', 'brand', 'anonymous_id', 'customer_id', 'event_name', 'page_path',
            'referrer', 'utm_source', 'utm_medium', 'utm_campaign', 'device_type',
            'properties', 'occurred_at', 'received_at', 'arrived_at', 'plan_version',
            'session_gap_minutes', 'max_customers_per_device',
        ]) }} as fingerprint
    from staged_events
    cross join settings
)

select * from fingerprinted
