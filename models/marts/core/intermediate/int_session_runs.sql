{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_in(ref('events'), ['brand', 'visitor_id']) }}",
) }}
-- Rules of channels and campaigns are asked later, so that a change of them reaches every session without a rebuild.
with events as (
    select *
    from {{ ref('events') }} as arrived
    where
        session_id is not null
        and {{ is_changed(['brand', 'visitor_id'], 'arrived') }}
),

conversions as (
    select event_name from {{ ref('int_planned_events') }}
    where is_conversion
),

click_ids as (
    select
        parameter,
        rule_order
    from {{ ref('click_ids') }}
),

named_parameters as (
    select
        event_id,
        {{ parameter_names([
            'page_path', 'properties', "'?' || click_id || '&click_id=' || click_id"
        ]) }} as parameter
    from events
),

-- Of several click ids the one whose rule comes first.
clicks as (
    select
        named_parameters.event_id,
        min_by(click_ids.parameter, click_ids.rule_order) as click_parameter
    from named_parameters
    inner join click_ids on named_parameters.parameter = click_ids.parameter
    group by named_parameters.event_id
),

with_origin as (
    select
        events.*,
        clicks.click_parameter,
        case
            when coalesce(
                events.utm_source, events.utm_medium, events.utm_campaign,
                events.referrer_host, clicks.click_parameter
            ) is not null then {{ key_of([
                'events.brand', 'events.utm_source', 'events.utm_medium',
                'events.utm_campaign', 'events.referrer_host', 'clicks.click_parameter',
            ]) }}
        end as origin
    from events
    left join clicks on events.event_id = clicks.event_id
),

compared as (
    select
        *,
        lag(origin) over (
            partition by session_id, origin is null order by occurred_at, origin
        ) as previous_origin
    from with_origin
),

numbered as (
    select
        *,
        sum(case when origin is distinct from previous_origin then 1 else 0 end) over (
            partition by session_id, origin is null
            order by occurred_at, origin
            rows between unbounded preceding and current row
        ) as run_number
    from compared
),

runs as (
    select
        session_id,
        run_number,
        origin,
        brand,
        visitor_id,
        anonymous_id,
        customer_id,
        utm_source,
        utm_medium,
        utm_campaign,
        referrer_host,
        click_parameter,
        min_by(page_path, (occurred_at, page_path)) as page_path,
        min_by(device_type, (occurred_at, device_type)) as device_type,
        count(*) as event_count,
        coalesce(bool_or(
            event_name in (select conversions.event_name from conversions)
        ), false) as is_converted,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(case when page_path is not null then occurred_at end) as page_at,
        min(case when device_type is not null then occurred_at end) as device_at
    from numbered
    group by
        session_id, run_number, origin, brand, visitor_id, anonymous_id, customer_id,
        utm_source, utm_medium, utm_campaign, referrer_host, click_parameter
)

select * from runs
