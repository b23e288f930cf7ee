-- Why: a visitor who enters and is not counted makes every rate of the funnel too high.
-- Threshold: none. By funnel and brand, entrants are the persons with an event of the first step.
with steps as (
    select
        funnel,
        brand,
        event_name
    from {{ ref('funnels') }}
    where step_number = 1
),

visitors as (
    select
        steps.funnel,
        events.brand,
        count(distinct coalesce(
            'customer ' || events.customer_id,
            'device ' || events.anonymous_id,
            'customer ' || events.identified_customer_id
        )) as visitors
    from {{ ref('events') }} as events
    inner join steps
        on
            events.event_name = steps.event_name
            and steps.brand in ('all', events.brand)
    where events.is_planned and not events.is_robot
    group by steps.funnel, events.brand
),

entered as (
    select
        funnel,
        brand,
        sum(n) as visitors
    from {{ ref('funnel_steps') }}
    where step_number = 1
    group by funnel, brand
)

select
    coalesce(visitors.funnel, entered.funnel) as funnel,
    coalesce(visitors.brand, entered.brand) as brand,
    visitors.visitors,
    entered.visitors as entered_visitors
from visitors
full join entered
    on
        visitors.funnel = entered.funnel
        and visitors.brand = entered.brand
where visitors.visitors is distinct from entered.visitors
