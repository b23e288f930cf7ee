with nodes as (
    select
        node_id,
        node_name,
        node_kind,
        area,
        is_public
    from {{ ref('project_nodes') }}
),

paths as (
    select
        ancestor_id,
        descendant_id
    from {{ ref('project_paths') }}
),

-- The house's own tables look at everything: that is no harm.
hurt as (
    select
        paths.ancestor_id as node_id,
        count(case when nodes.node_kind = 'model' and nodes.is_public then 1 end)
            as model_count,
        count(case when nodes.node_kind = 'metric' then 1 end) as metric_count,
        count(case when nodes.node_kind = 'board' then 1 end) as board_count,
        {{ dbt.listagg(
            "case when nodes.node_kind = 'board' then nodes.node_name end",
            "', '", 'order by nodes.node_name',
        ) }} as board_names
    from paths
    inner join nodes on paths.descendant_id = nodes.node_id
    where nodes.area not in ('platform', 'catalog')
    group by paths.ancestor_id
)

select * from hurt
