with boards as (
    select
        board_id,
        board_name,
        board_kind,
        team,
        created_date
    from {{ ref('int_boards') }}
),

nodes as (
    select
        node_name,
        node_kind,
        owner,
        is_public
    from {{ ref('project_nodes') }}
    where node_kind in ('model', 'metric')
),

costs as (
    select
        model_name,
        min(cost_date) as first_cost_date
    from {{ ref('data_costs') }}
    where model_name is not null
    group by model_name
),

tables as (
    select
        coalesce(nodes.node_name, costs.model_name) as model_name,
        nodes.owner,
        nodes.node_name is not null as is_of_project,
        costs.first_cost_date
    from (
        select * from nodes
        where node_kind = 'model'
    ) as nodes
    full join costs
        on nodes.node_name = costs.model_name
    where nodes.is_public or costs.model_name is not null
),

assets as (
    select
        'board' as asset_kind,
        board_id as asset_id,
        board_name as asset_name,
        team,
        board_kind = 'project' as is_of_project,
        created_date as first_date
    from boards
    union all
    select
        'model' as asset_kind,
        model_name as asset_id,
        model_name as asset_name,
        owner as team,
        is_of_project,
        first_cost_date as first_date
    from tables
    union all
    select
        'metric' as asset_kind,
        node_name as asset_id,
        node_name as asset_name,
        owner as team,
        true as is_of_project,
        cast(null as date) as first_date
    from nodes
    where node_kind = 'metric'
)

select * from assets
