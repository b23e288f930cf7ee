-- Every staged event is in core.events once and in exactly one session, and no event or session stands for anything
-- that was not staged. Compared device by device, both directions, so that what one device lost cannot hide behind
-- what another won. Threshold: none. A failure means that an increment missed a change: a run with --full-refresh on
-- events and int_sessions heals it, and the reason must be found.
with staged_events as (
    select
        brand,
        anonymous_id,
        count(*) as staged_count
    from {{ ref('stg_events__events') }}
    group by brand, anonymous_id
),

events as (
    select
        brand,
        anonymous_id,
        count(*) as event_count,
        count(distinct session_id) as session_count,
        sum(case when is_session_start then 1 else 0 end) as start_count
    from {{ ref('events') }}
    group by brand, anonymous_id
),

sessions as (
    select
        brand,
        anonymous_id,
        count(*) as session_count,
        sum(event_count) as event_count
    from {{ ref('sessions') }}
    group by brand, anonymous_id
),

compared as (
    select
        staged_events.staged_count,
        events.event_count,
        events.session_count,
        events.start_count,
        sessions.event_count as session_event_count,
        sessions.session_count as built_session_count
    from staged_events
    full join events
        on
            staged_events.brand = events.brand
            and staged_events.anonymous_id = events.anonymous_id
    full join sessions
        on
            coalesce(staged_events.brand, events.brand) = sessions.brand
            and coalesce(staged_events.anonymous_id, events.anonymous_id)
            = sessions.anonymous_id
)

select *
from compared
where
    staged_count is distinct from event_count
    or event_count is distinct from session_event_count
    or session_count is distinct from start_count
    or session_count is distinct from built_session_count
