with views as (
    select
        dashboard_id,
        viewer_id,
        {{ reporting_date('viewed_at') }} as view_date
    from {{ ref('stg_bi__dashboard_views') }}
),

run as (
    select settings.as_of_date from {{ as_of() }} as settings
),

dated as (
    select
        views.*,
        views.view_date > {{ dbt.dateadd(
            'day', '-' ~ var('cost_value_days'), 'run.as_of_date'
        ) }} as is_recent
    from views
    cross join run
),

viewers as (
    select
        dashboard_id as board_id,
        viewer_id,
        count(case when is_recent then 1 end) as views,
        count(*) as views_ever,
        max(view_date) as last_viewed_date
    from dated
    group by dashboard_id, viewer_id
)

select * from viewers
