with dashboards as (
    select
        dashboard_id,
        title,
        owner,
        url,
        created_at,
        certified_until
    from {{ ref('stg_bi__dashboards') }}
),

views as (
    select
        dashboard_id,
        min(viewed_at) as first_viewed_at
    from {{ ref('stg_bi__dashboard_views') }}
    group by dashboard_id
),

exposures as (
    select
        node_id,
        node_name,
        owner
    from {{ ref('project_nodes') }}
    where node_kind = 'board'
),

-- A board of the project that the bi tool lists under the same id is one board.
joined as (
    select
        coalesce(dashboards.dashboard_id, exposures.node_name) as board_id,
        exposures.node_id,
        coalesce(dashboards.title, exposures.node_name) as board_name,
        case
            when dashboards.dashboard_id is null then 'project'
            else 'bi'
        end as board_kind,
        coalesce(dashboards.owner, exposures.owner) as team,
        dashboards.url,
        dashboards.created_at,
        dashboards.certified_until
    from dashboards
    full join exposures
        on dashboards.dashboard_id = exposures.node_name
),

-- Of a board that was seen before it was made, the day of making is that of a copy.
dated as (
    select
        joined.board_id,
        joined.node_id,
        joined.board_name,
        joined.board_kind,
        joined.team,
        joined.url,
        {{ reporting_date('least(joined.created_at, views.first_viewed_at)') }}
            as created_date,
        joined.certified_until,
        joined.created_at
    from joined
    left join views
        on joined.board_id = views.dashboard_id
)

select * from dated
