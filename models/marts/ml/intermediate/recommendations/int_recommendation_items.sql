{%- set purchase_days = var('recommendation_purchase_days') -%}

with lists as (
    select * from {{ ref('int_recommendation_lists') }}
),

events as (
    select * from {{ ref('int_recommendation_events') }}
    where event_status = 'counted'
),

as_of as (
    select {{ first_moment_after('as_of_date') }} as until_at from {{ as_of() }}
),

rules as (
    select role from {{ ref('recommendation_events') }}
),

-- A company that logs no shown lists has shown all of them. Where no click was ever
-- logged nobody knows what was clicked.
tracked as (
    select
        count(case when rules.role = 'shown' then 1 end) > 0 as has_shown,
        (
            select count(*) from {{ ref('int_recommendation_events') }} as logged
            where logged.role = 'clicked'
        ) > 0 as has_clicked
    from rules
),

-- A list of which something was clicked was shown, whether or not that was logged.
requests as (
    select
        list_id,
        max(customer_id) as customer_id,
        count(case when role = 'shown' and item_id is null then 1 end) > 0
        or count(case when role = 'shown' then 1 end) = 0 as is_shown
    from events
    group by list_id
),

items as (
    select
        list_id,
        item_id,
        min(case when role = 'clicked' then occurred_at end) as clicked_at
    from events
    where item_id is not null
    group by list_id, item_id
),

joined as (
    select
        lists.model_name,
        lists.model_version,
        lists.list_id,
        lists.item_id,
        coalesce(lists.customer_id, requests.customer_id) as customer_id,
        lists.brand,
        coalesce(lists.given_rank, lists.position) as list_rank,
        lists.position,
        lists.is_registered,
        lists.is_served
        and (
            coalesce(requests.is_shown, false)
            or items.item_id is not null
            or not tracked.has_shown
        ) as is_shown,
        lists.is_served and items.clicked_at is not null as is_clicked,
        {{ dbt.dateadd('day', var('recommendation_click_days'), 'lists.predicted_at') }}
        <= as_of.until_at
        and tracked.has_clicked as is_mature,
        coalesce(
            {{ dbt.dateadd('day', purchase_days, 'items.clicked_at') }}
            <= as_of.until_at,
            false
        ) as is_purchase_mature,
        lists.predicted_at,
        case when lists.is_served then items.clicked_at end as clicked_at
    from lists
    cross join as_of
    cross join tracked
    left join requests
        on lists.list_id = requests.list_id
    left join items
        on
            lists.list_id = items.list_id
            and lists.item_id = items.item_id
)

select * from joined
