{# A test of reference.funnels holds that no funnel has more. #}
{%- set most_steps = 8 -%}

with funnel_events as (
    select * from {{ ref('int_funnel_events') }}
),

first_events as (
    select
        funnel,
        brand,
        person_id,
        min(event_number) as event_number,
        min(moment_number) as moment_number,
        min(occurred_at) as entered_at
    from funnel_events
    where step_number = 1
    group by funnel, brand, person_id
),

entries as (
    select
        funnel,
        brand,
        person_id,
        1 as step_number,
        concat(' ', event_number, ' ') as used_events,
        moment_number,
        entered_at,
        entered_at as reached_at
    from first_events
),

-- Equal moments are in order, and nothing of the same moment lies between; but each step is another event.
{% for step in range(2, most_steps + 1) -%}
step_{{ step }} as (
    select
        earlier.funnel,
        earlier.brand,
        earlier.person_id,
        {{ step }} as step_number,
        concat(earlier.used_events, min(funnel_events.event_number), ' ')
            as used_events,
        min(funnel_events.moment_number) as moment_number,
        earlier.entered_at,
        min(funnel_events.occurred_at) as reached_at
    from {{ 'entries' if step == 2 else 'step_' ~ (step - 1) }} as earlier
    inner join funnel_events
        on
            earlier.funnel = funnel_events.funnel
            and earlier.brand = funnel_events.brand
            and earlier.person_id = funnel_events.person_id
            and funnel_events.step_number = {{ step }}
            and earlier.moment_number <= funnel_events.moment_number
    where
        earlier.used_events not like concat('% ', funnel_events.event_number, ' %')
        and (
            funnel_events.step_order = 'loose'
            or earlier.moment_number + 1 >= funnel_events.moment_number
        )
        and funnel_events.occurred_at < {{ dbt.dateadd(
            'day', 'funnel_events.window_days', 'earlier.entered_at'
        ) }}
    group by
        earlier.funnel,
        earlier.brand,
        earlier.person_id,
        earlier.used_events,
        earlier.entered_at
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
