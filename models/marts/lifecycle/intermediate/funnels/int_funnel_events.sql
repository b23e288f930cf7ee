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

-- An event without a device is of the customer that it names; what happens on a shared device is the device's.
events as (
    select
        event_id,
        brand,
        coalesce(
            {{ id_in_its_space({
                'customer': 'customer_id', 'device': 'anonymous_id'
            }) }},
            {{ id_in_its_space({'customer': 'identified_customer_id'}) }}
        ) as person_id,
        event_name,
        occurred_at
    from {{ ref('events') }}
    where is_planned and not is_robot
),

-- The number only says which event it is. What came first is said by the moment alone.
numbered as (
    select
        *,
        row_number() over (
            partition by brand, person_id order by occurred_at, event_id
        ) as event_number,
        dense_rank() over (
            partition by brand, person_id order by occurred_at
        ) as moment_number
    from events
),

funnel_events as (
    select
        funnels.funnel,
        numbered.brand,
        numbered.person_id,
        funnels.step_number,
        funnels.window_days,
        funnels.step_order,
        numbered.event_number,
        numbered.moment_number,
        numbered.occurred_at
    from numbered
    inner join funnels
        on
            numbered.event_name = funnels.event_name
            and funnels.brand in ('all', numbered.brand)
)

select * from funnel_events
