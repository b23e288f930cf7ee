with staged_events as (
    select
        *,
        {{ id_in_its_space({'device': 'anonymous_id', 'customer': 'customer_id'}) }}
            as visitor_id
    from {{ ref('stg_events__events') }}
),

planned_events as (
    select
        event_name,
        required_properties,
        is_activity
    from {{ ref('int_planned_events') }}
),

plan as (
    select
        {{ fingerprint([
            'event_name', 'required_properties', 'is_activity', 'is_conversion'
        ]) }} as plan_version
    from {{ ref('int_planned_events') }}
),

click_ids as (
    select {{ fingerprint(['parameter', 'rule_order']) }} as click_ids_version
    from {{ ref('click_ids') }}
),

-- A change of the plan, of the click ids or of the vars builds every visitor again.
settings as (
    select
        plan.plan_version,
        click_ids.click_ids_version,
        {{ var('session_gap_minutes') }} as session_gap_minutes,
        {{ var('max_customers_per_device') }} as max_customers_per_device
    from plan
    cross join click_ids
),

-- What a robot does is no activity.
fingerprinted as (
    select
        staged_events.event_id,
        staged_events.brand,
        staged_events.visitor_id,
        staged_events.anonymous_id,
        staged_events.customer_id,
        staged_events.session_id as source_session_id,
        staged_events.click_id,
        staged_events.event_name,
        staged_events.page_path,
        staged_events.referrer,
        {{ host_of('staged_events.referrer') }} as referrer_host,
        staged_events.utm_source,
        staged_events.utm_medium,
        staged_events.utm_campaign,
        staged_events.device_type,
        staged_events.properties,
        {{ row_fingerprint([
            'event_id', 'brand', 'anonymous_id', 'customer_id', 'session_id', 'click_id',
            'is_robot', 'staged_events.event_name', 'page_path', 'referrer', 'utm_source',
            'utm_medium', 'utm_campaign', 'device_type', 'properties', 'occurred_at',
            'device_occurred_at', 'received_at', 'arrived_at', 'plan_version',
            'click_ids_version', 'session_gap_minutes', 'max_customers_per_device',
        ]) }} as fingerprint,
        staged_events.is_robot,
        planned_events.event_name is not null as is_planned,
        coalesce(planned_events.is_activity and not staged_events.is_robot, false)
            as is_activity,
        case
            when planned_events.event_name is not null then {{ has_json_values(
                'staged_events.properties', 'planned_events.required_properties'
            ) }}
        end as has_required_properties,
        staged_events.occurred_at,
        staged_events.device_occurred_at,
        staged_events.received_at,
        staged_events.arrived_at
    from staged_events
    cross join settings
    left join planned_events on staged_events.event_name = planned_events.event_name
)

select * from fingerprinted
