with views as (
    select
        view_id,
        dashboard_id,
        viewer_id,
        viewed_at,
        {{ reporting_date('viewed_at') }} as view_date
    from {{ ref('stg_bi__dashboard_views') }}
),

boards as (
    select
        board_id,
        board_name,
        team,
        created_at
    from {{ ref('int_boards') }}
),

versions as (
    select
        dashboard_id,
        certified_until,
        valid_from,
        valid_to
    from {{ ref('int_board_versions') }}
),

-- A board that is certified afterwards was not when it was opened.
certified as (
    select
        views.view_id,
        max(case when views.view_date <= versions.certified_until then 1 else 0 end)
            as is_certified
    from views
    inner join versions
        on
            views.dashboard_id = versions.dashboard_id
            and (views.viewed_at >= versions.valid_from or versions.valid_from is null)
            and (views.viewed_at < versions.valid_to or versions.valid_to is null)
    group by views.view_id
),

used as (
    select
        views.dashboard_id as board_id,
        boards.board_name,
        boards.team,
        count(*) as views,
        count(distinct views.viewer_id) as viewers,
        count(case when certified.is_certified = 1 then 1 end) as certified_views,
        count(case when views.viewed_at < boards.created_at then 1 end)
            as views_before_board,
        boards.board_id is not null as is_known_board,
        views.view_date
    from views
    left join boards
        on views.dashboard_id = boards.board_id
    left join certified
        on views.view_id = certified.view_id
    group by
        views.dashboard_id,
        boards.board_id,
        boards.board_name,
        boards.team,
        views.view_date
)

select * from used
