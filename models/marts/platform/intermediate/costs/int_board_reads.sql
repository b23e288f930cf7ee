with direct as (
    select
        board_id,
        node_id,
        asset_kind,
        asset_name
    from {{ ref('int_board_sources') }}
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

paths as (
    select
        ancestor_id,
        descendant_id
    from {{ ref('project_paths') }}
),

indirect as (
    select distinct
        direct.board_id,
        nodes.node_id,
        nodes.asset_kind,
        nodes.node_name as asset_name
    from direct
    inner join paths
        on direct.node_id = paths.descendant_id
    inner join nodes
        on paths.ancestor_id = nodes.node_id
),

reads as (
    select
        board_id,
        asset_kind,
        asset_name,
        max(node_id) as node_id,
        max(case when is_direct then 1 else 0 end) = 1 as is_direct
    from (
        select
            direct.*,
            true as is_direct
        from direct
        union all
        select
            indirect.*,
            false as is_direct
        from indirect
    ) as all_reads
    group by board_id, asset_kind, asset_name
)

select * from reads
