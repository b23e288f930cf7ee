with as_of as (
    select as_of_date from {{ as_of() }}
),

nodes as (
    select
        node_id,
        node_name
    from {{ ref('project_nodes') }}
    where node_kind in ('raw', 'reference', 'model')
),

dashboards as (
    select dashboard_id from {{ ref('stg_bi__dashboards') }}
),

sources as (
    select
        dashboard_id,
        model_name
    from {{ ref('stg_bi__dashboard_sources') }}
),

views as (
    select
        dashboard_id,
        {{ reporting_date('viewed_at') }} as view_date
    from {{ ref('stg_bi__dashboard_views') }}
),

recent_views as (
    select
        views.dashboard_id,
        count(*) as view_count
    from views
    cross join as_of
    where
        views.view_date
        > as_of.as_of_date - interval {{ var('catalog_use_days') }} day
        and views.view_date <= as_of.as_of_date
    group by views.dashboard_id
),

-- Where a company delivers no views at all, that a board has none says nothing.
board_views as (
    select
        dashboards.dashboard_id,
        coalesce(recent_views.view_count, 0) as view_count
    from dashboards
    left join recent_views on dashboards.dashboard_id = recent_views.dashboard_id
    where exists (select 1 from views)
),

united as (
    select
        'dashboard.' || dashboard_id as asset_id,
        view_count
    from board_views
    union all
    select
        nodes.node_id as asset_id,
        board_views.view_count
    from sources
    inner join board_views on sources.dashboard_id = board_views.dashboard_id
    inner join nodes on sources.model_name = nodes.node_name
),

viewed as (
    select
        asset_id,
        cast(sum(view_count) as bigint) as view_count
    from united
    group by asset_id
)

select * from viewed
