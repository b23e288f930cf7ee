with funnels as (
    select
        funnel,
        brand,
        cast(step_number as integer) as step_number,
        event_name,
        cast(window_days as integer) as window_days,
        step_order
    from {{ ref('funnels') }}
),

-- Numbered by time, then by event_id, so that ties fall the same way each time.
events as (
    select
        event_id,
        brand,
        anonymous_id,
        event_name,
        occurred_at,
        row_number() over (
            partition by brand, anonymous_id
            order by occurred_at, event_id
        ) as event_number
    from {{ ref('events') }}
    where is_planned and not is_robot
),

funnel_events as (
    select
        funnels.funnel,
        events.brand,
        events.anonymous_id,
        funnels.step_number,
        funnels.window_days,
        funnels.step_order,
        events.event_number,
        events.occurred_at
    from events
    inner join funnels
        on
            events.event_name = funnels.event_name
            and funnels.brand in ('all', events.brand)
)

select * from funnel_events
