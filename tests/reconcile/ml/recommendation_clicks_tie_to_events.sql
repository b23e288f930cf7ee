-- Why: a click rate is right only if no click is lost on the way or counted twice.
-- Threshold: none.
-- A failure means: clicks of core.events are neither counted for an item nor left out with a reason.
with rules as (
    select event_name
    from {{ ref('recommendation_events') }}
    where role = 'clicked'
),

events as (
    select count(*) as clicks
    from {{ ref('events') }} as events
    inner join rules
        on events.event_name = rules.event_name
    where
        not events.is_robot
        and {{ has_consent(
            'personalisation', ref('consents'), 'events.customer_id',
            'events.anonymous_id'
        ) }}
),

quality as (
    select
        coalesce(sum(clicked_so_far), 0) as clicked_so_far,
        coalesce(sum(clicks_left_out), 0) as clicks_left_out
    from {{ ref('recommendation_quality') }}
    where list_rank = 'all'
)

select
    events.clicks,
    quality.clicked_so_far,
    quality.clicks_left_out
from events
cross join quality
where events.clicks is distinct from quality.clicked_so_far + quality.clicks_left_out
