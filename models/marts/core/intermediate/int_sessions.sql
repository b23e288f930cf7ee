{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_in(ref('int_session_runs'), ['brand', 'visitor_id']) }}",
) }}
with runs as (
    select * from {{ ref('int_session_runs') }} as arrived
    where {{ is_changed(['brand', 'visitor_id'], 'arrived') }}
),

-- Of pages at the same moment, that of the event which says where the visit came from.
sessions as (
    select
        session_id,
        brand,
        visitor_id,
        anonymous_id,
        customer_id,
        min_by(page_path, (page_at, origin is null, page_path)) as landing_page_path,
        min_by(device_type, (device_at, origin is null, device_type)) as device_type,
        cast(sum(event_count) as bigint) as event_count,
        bool_or(is_converted) as has_converting_event,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        min(case when origin is null then page_at else started_at end) as landed_at
    from runs
    group by session_id, brand, visitor_id, anonymous_id, customer_id
)

select * from sessions
