with rules as (
    select * from {{ ref('recommendation_events') }}
),

events as (
    select
        event_id,
        customer_id,
        event_name,
        properties,
        occurred_at
    from {{ ref('events') }}
    where
        not is_robot
        and {{ has_consent(
            'personalisation', ref('consents'), 'customer_id', 'anonymous_id'
        ) }}
),

lists as (
    select
        list_id,
        request_id,
        item_id,
        customer_id,
        predicted_at
    from {{ ref('int_recommendation_lists') }}
    where is_served
),

requests as (
    select
        list_id,
        request_id,
        customer_id,
        min(predicted_at) as predicted_at
    from lists
    group by list_id, request_id, customer_id
),

named as (
    select
        rules.role,
        events.event_id,
        events.customer_id,
        {{ json_value('events.properties', 'rules.request_property') }} as request_id,
        {{ json_value('events.properties', 'rules.item_property') }} as item_id,
        events.occurred_at
    from events
    inner join rules
        on events.event_name = rules.event_name
),

-- Where models number their requests alike, the list is that of the same customer, else
-- the last one before.
found as (
    select
        named.*,
        requests.list_id,
        requests.predicted_at,
        row_number() over (
            partition by named.role, named.event_id
            order by
                coalesce(named.customer_id = requests.customer_id, false) desc,
                coalesce(requests.predicted_at <= named.occurred_at, false) desc,
                requests.predicted_at desc,
                requests.list_id asc
        ) as place
    from named
    left join requests
        on named.request_id = requests.request_id
),

judged as (
    select
        found.*,
        case
            when found.request_id is null then 'no_request'
            when found.list_id is null then 'request_unknown'
            when found.item_id is null and found.role = 'clicked' then 'no_item'
            when found.item_id is not null and lists.item_id is null
                then 'item_not_recommended'
            when found.occurred_at >= {{ dbt.dateadd(
                'day', var('recommendation_click_days'), 'found.predicted_at'
            ) }} then 'too_late'
        end as reason
    from found
    left join lists
        on
            found.list_id = lists.list_id
            and found.item_id = lists.item_id
    where found.place = 1
),

counted as (
    select
        role,
        event_id,
        customer_id,
        list_id,
        item_id,
        case
            when reason is not null then reason
            when row_number() over (
                partition by role, list_id, item_id, reason
                order by occurred_at, event_id
            ) > 1 then 'repeated'
            else 'counted'
        end as event_status,
        occurred_at
    from judged
)

select * from counted
