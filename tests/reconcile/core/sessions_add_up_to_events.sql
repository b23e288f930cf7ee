-- Every staged event is in core.events once and, unless it is a robot's or a server's, in exactly one session, and no
-- event or session is there that was not staged. Compared visitor by visitor, both directions, so that what one lost
-- cannot hide behind what another won. Threshold: none. A failure means that an increment missed a change: a run with
-- --full-refresh on events and int_session_runs heals it, and the reason must be found.
with staged_events as (
    select
        brand,
        {{ id_in_its_space({'device': 'anonymous_id', 'customer': 'customer_id'}) }}
            as visitor_id,
        count(*) as staged_count
    from {{ ref('stg_events__events') }}
    group by brand, visitor_id
),

events as (
    select
        brand,
        visitor_id,
        count(*) as event_count,
        count(case
            when
                not is_robot
                and coalesce(anonymous_id, session_id) is not null then 1
        end) as human_count,
        count(session_id) as event_in_session_count,
        count(distinct session_id) as session_count,
        sum(case when is_session_start then 1 else 0 end) as start_count
    from {{ ref('events') }}
    group by brand, visitor_id
),

sessions as (
    select
        brand,
        visitor_id,
        count(*) as session_count,
        sum(event_count) as event_count
    from {{ ref('sessions') }}
    group by brand, visitor_id
),

compared as (
    select
        staged_events.staged_count,
        events.event_count,
        events.human_count,
        events.event_in_session_count,
        nullif(events.session_count, 0) as session_count,
        nullif(events.start_count, 0) as start_count,
        sessions.event_count as session_event_count,
        sessions.session_count as built_session_count
    from staged_events
    full join events
        on
            staged_events.brand = events.brand
            and staged_events.visitor_id = events.visitor_id
    full join sessions
        on
            coalesce(staged_events.brand, events.brand) = sessions.brand
            and coalesce(staged_events.visitor_id, events.visitor_id)
            = sessions.visitor_id
)

select *
from compared
where
    staged_count is distinct from event_count
    or human_count is distinct from event_in_session_count
    or human_count is distinct from coalesce(session_event_count, 0)
    or session_count is distinct from start_count
    or session_count is distinct from built_session_count
