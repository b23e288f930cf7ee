with events as (
    select
        list_id,
        {{ month_of(reporting_date('occurred_at')) }} as month
    from {{ ref('int_recommendation_events') }}
    where
        role = 'clicked'
        and event_status <> 'counted'
),

requests as (
    select distinct
        model_name,
        model_version,
        list_id
    from {{ ref('int_recommendation_lists') }}
    where is_served
),

left_out as (
    select
        coalesce(requests.model_name, 'unknown') as model_name,
        coalesce(requests.model_version, 'unknown') as model_version,
        events.month,
        'all' as list_rank,
        count(*) as clicks_left_out
    from events
    left join requests
        on events.list_id = requests.list_id
    group by 1, 2, 3
)

select * from left_out
