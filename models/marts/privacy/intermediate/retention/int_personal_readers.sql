with nodes as (
    select
        node_id,
        node_name,
        node_kind,
        layer,
        owner
    from {{ ref('project_nodes') }}
),

edges as (
    select
        parent_id,
        child_id
    from {{ ref('project_edges') }}
),

paths as (
    select
        ancestor_id,
        descendant_id
    from {{ ref('project_paths') }}
),

tables_of_persons as (
    select tables_listed.node_id
    from (
        values {{ tables_by_disclosure() }}
    ) as tables_listed (node_id, table_name, disclosure)
    where tables_listed.disclosure = 'persons'
),

-- What names somebody goes no further than staging and the vault; an id goes into every table of persons.
tables as (
    select
        raw_tables.node_name as raw_name,
        nodes.layer in ('staging', 'vault') as is_direct,
        nodes.node_id,
        nodes.owner
    from nodes as raw_tables
    inner join paths
        on raw_tables.node_id = paths.ancestor_id
    inner join nodes
        on paths.descendant_id = nodes.node_id
    left join tables_of_persons
        on nodes.node_id = tables_of_persons.node_id
    where
        raw_tables.node_kind = 'raw'
        and nodes.node_kind = 'model'
        and (
            nodes.layer in ('staging', 'vault')
            or tables_of_persons.node_id is not null
        )
),

boards as (
    select distinct
        tables.raw_name,
        tables.is_direct,
        nodes.node_id,
        nodes.owner
    from tables
    inner join edges
        on tables.node_id = edges.parent_id
    inner join nodes
        on edges.child_id = nodes.node_id
    where nodes.node_kind = 'board'
),

readers as (
    select
        raw_name,
        is_direct,
        node_id,
        owner,
        false as is_board
    from tables
    union all
    select
        raw_name,
        is_direct,
        node_id,
        owner,
        true as is_board
    from boards
),

counted as (
    select
        raw_name,
        is_direct,
        count(case when not is_board then node_id end) as table_count,
        count(case when is_board then node_id end) as board_count,
        string_agg(distinct owner, ', ' order by owner) as teams
    from readers
    group by raw_name, is_direct
)

select * from counted
