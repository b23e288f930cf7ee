with events as (
    select
        event_name,
        brand,
        is_robot,
        has_required_properties,
        occurred_at
    from {{ ref('events') }}
),

planned_events as (
    select
        event_name,
        owner,
        required_properties
    from {{ ref('int_planned_events') }}
),

sent_events as (
    select
        event_name,
        brand,
        count(*) as event_count,
        count(case when is_robot then 1 end) as robot_event_count,
        sum(
            case when not has_required_properties then 1 else 0 end
        ) as incomplete_event_count,
        min(occurred_at) as first_occurred_at,
        max(occurred_at) as last_occurred_at
    from events
    group by event_name, brand
),

compared as (
    select
        coalesce(sent_events.event_name, planned_events.event_name) as event_name,
        coalesce(sent_events.brand, 'none') as brand,
        planned_events.owner,
        planned_events.required_properties,
        coalesce(sent_events.event_count, 0) as event_count,
        coalesce(sent_events.robot_event_count, 0) as robot_event_count,
        cast(coalesce(sent_events.incomplete_event_count, 0) as bigint)
            as incomplete_event_count,
        planned_events.event_name is not null as is_planned,
        sent_events.first_occurred_at,
        sent_events.last_occurred_at
    from sent_events
    full join planned_events on sent_events.event_name = planned_events.event_name
)

select * from compared
