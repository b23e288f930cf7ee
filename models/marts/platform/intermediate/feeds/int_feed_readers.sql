with nodes as (
    select
        node_id,
        node_name,
        node_kind,
        is_public
    from {{ ref('project_nodes') }}
),

paths as (
    select
        ancestor_id,
        descendant_id
    from {{ ref('project_paths') }}
),

raw_tables as (
    select
        node_id,
        substr(replace(node_name, '__', '.'), 5) as raw_table
    from nodes
    where node_kind = 'raw'
),

readers as (
    select
        raw_tables.raw_table,
        nodes.node_name,
        nodes.node_kind,
        nodes.is_public
    from raw_tables
    inner join paths on raw_tables.node_id = paths.ancestor_id
    inner join nodes on paths.descendant_id = nodes.node_id
    where nodes.node_kind in ('metric', 'board') or nodes.is_public
),

listed as (
    select
        raw_table,
        count(case when node_kind = 'model' then 1 end) as model_count,
        count(case when node_kind = 'metric' then 1 end) as metric_count,
        count(case when node_kind = 'board' then 1 end) as board_count,
        string_agg(
            case when node_kind = 'model' then node_name end, ', '
            order by node_name
        ) as model_names,
        string_agg(
            case when node_kind = 'metric' then node_name end, ', '
            order by node_name
        ) as metric_names,
        string_agg(
            case when node_kind = 'board' then node_name end, ', '
            order by node_name
        ) as board_names
    from readers
    group by raw_table
)

select * from listed
