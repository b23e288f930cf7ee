with reads as (
    select
        board_id,
        asset_name
    from {{ ref('int_board_reads') }}
    where asset_kind = 'table'
),

nodes as (
    select
        node_id,
        node_name,
        node_kind
    from {{ ref('project_nodes') }}
),

paths as (
    select
        ancestor_id,
        descendant_id
    from {{ ref('project_paths') }}
),

of_metrics as (
    select distinct
        tables.node_name as table_name,
        metrics.node_name as metric_name
    from nodes as tables
    inner join paths
        on tables.node_id = paths.ancestor_id
    inner join nodes as metrics
        on paths.descendant_id = metrics.node_id and metrics.node_kind = 'metric'
    where tables.node_kind in ('raw', 'reference', 'model')
),

users as (
    select
        asset_name as table_name,
        board_id,
        cast(null as varchar) as metric_name
    from reads
    union all
    select
        of_metrics.table_name,
        cast(null as varchar) as board_id,
        of_metrics.metric_name
    from of_metrics
),

counted as (
    select
        *,
        count(board_id) over (partition by table_name) as board_count,
        count(metric_name) over (partition by table_name) as metric_count
    from users
)

select * from counted
