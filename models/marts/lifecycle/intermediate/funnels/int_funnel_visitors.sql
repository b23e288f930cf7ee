{# A test of reference.funnels holds that no funnel has more. #}
{%- set most_steps = 8 -%}

with funnel_events as (
    select * from {{ ref('int_funnel_events') }}
),

entries as (
    select
        funnel,
        brand,
        anonymous_id,
        1 as step_number,
        min(event_number) as event_number,
        min(occurred_at) as entered_at,
        min(occurred_at) as reached_at
    from funnel_events
    where step_number = 1
    group by funnel, brand, anonymous_id
),

{% for step in range(2, most_steps + 1) -%}
step_{{ step }} as (
    select
        earlier.funnel,
        earlier.brand,
        earlier.anonymous_id,
        {{ step }} as step_number,
        min(funnel_events.event_number) as event_number,
        earlier.entered_at,
        min(funnel_events.occurred_at) as reached_at
    from {{ 'entries' if step == 2 else 'step_' ~ (step - 1) }} as earlier
    inner join funnel_events
        on
            earlier.funnel = funnel_events.funnel
            and earlier.brand = funnel_events.brand
            and earlier.anonymous_id = funnel_events.anonymous_id
            and funnel_events.step_number = {{ step }}
            and earlier.event_number < funnel_events.event_number
    where
        -- strict: nothing else was done in between
        (
            funnel_events.step_order = 'loose'
            or earlier.event_number + 1 = funnel_events.event_number
        )
        and funnel_events.occurred_at < {{ dbt.dateadd(
            'day', 'funnel_events.window_days', 'earlier.entered_at'
        ) }}
    group by earlier.funnel, earlier.brand, earlier.anonymous_id, earlier.entered_at
),

{% endfor -%}
reached as (
    select * from entries
    {%- for step in range(2, most_steps + 1) %}
    union all
    select * from step_{{ step }}
    {%- endfor %}
)

select * from reached
