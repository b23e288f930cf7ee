{%- set last_part = "regexp_replace(lower(trim(model_name)), '^.*[.]', '')" -%}

with boards as (
    select
        board_id,
        node_id
    from {{ ref('int_boards') }}
),

sources as (
    select distinct
        dashboard_id,
        {{ last_part }} as asset_name
    from {{ ref('stg_bi__dashboard_sources') }}
),

nodes as (
    select
        node_id,
        node_name,
        case
            when node_kind in ('raw', 'reference', 'model') then 'table'
            else node_kind
        end as asset_kind
    from {{ ref('project_nodes') }}
    where node_kind in ('raw', 'reference', 'model', 'metric')
),

edges as (
    select
        parent_id,
        child_id
    from {{ ref('project_edges') }}
),

board_files as (
    select
        name,
        content
    from {{ text_files('dashboards', '.yml') }}
),

-- A name may be that of a table and of a metric: a table is what a board reads.
named as (
    select
        sources.dashboard_id as board_id,
        coalesce(tables.node_id, metrics.node_id) as node_id,
        coalesce(tables.asset_kind, metrics.asset_kind, 'table') as asset_kind,
        sources.asset_name
    from sources
    left join nodes as tables
        on sources.asset_name = tables.node_name and tables.asset_kind = 'table'
    left join nodes as metrics
        on sources.asset_name = metrics.node_name and metrics.asset_kind = 'metric'
),

-- What the project's own boards read is in dbt's graph; which metrics they show, in their text.
own as (
    select
        boards.board_id,
        nodes.node_id,
        nodes.asset_kind,
        nodes.node_name as asset_name
    from boards
    inner join edges
        on boards.node_id = edges.child_id
    inner join nodes
        on edges.parent_id = nodes.node_id
    union
    select
        boards.board_id,
        nodes.node_id,
        nodes.asset_kind,
        nodes.node_name as asset_name
    from boards
    inner join board_files
        on boards.board_id = board_files.name
    inner join nodes
        on
            nodes.asset_kind = 'metric'
            and position(concat('''', nodes.node_name, '''') in board_files.content) > 0
    where boards.node_id is not null
),

direct as (
    select * from named
    union
    select * from own
)

select * from direct
