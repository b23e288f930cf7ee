-- Why: what is sent outside the plan, or without a property that it requires, is reported and never dropped.
-- Threshold: none, by event name and brand; what an event lacks is looked up property by property.
-- A failure means: an event or a planned name is missing in tracking_plan_checks, or counted under another.
with tracking_plan as (
    select
        event_name,
        property_name,
        is_required
    from {{ ref('tracking_plan') }}
),

incomplete_events as (
    select distinct events.event_id
    from {{ ref('stg_events__events') }} as events
    inner join tracking_plan
        on events.event_name = tracking_plan.event_name
    where
        tracking_plan.is_required
        and {{ json_value('events.properties', 'tracking_plan.property_name') }} is null
),

expected as (
    select
        events.event_name,
        events.brand,
        count(*) as event_count,
        count(incomplete_events.event_id) as incomplete_event_count
    from {{ ref('stg_events__events') }} as events
    left join incomplete_events
        on events.event_id = incomplete_events.event_id
    group by events.event_name, events.brand
    union all
    select distinct
        event_name,
        'none' as brand,
        0 as event_count,
        0 as incomplete_event_count
    from tracking_plan
    where event_name not in (
        select events.event_name from {{ ref('stg_events__events') }} as events
    )
),

checks as (
    select
        event_name,
        brand,
        event_count,
        incomplete_event_count,
        is_planned
    from {{ ref('tracking_plan_checks') }}
)

select
    expected.*,
    checks.*
from expected
full join checks
    on
        expected.event_name = checks.event_name
        and expected.brand = checks.brand
where
    expected.event_count is distinct from checks.event_count
    or expected.incomplete_event_count is distinct from checks.incomplete_event_count
    or checks.is_planned is distinct from (
        checks.event_name in (select tracking_plan.event_name from tracking_plan)
    )
