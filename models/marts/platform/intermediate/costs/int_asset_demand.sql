with goals as (
    select metric_name from {{ ref('metric_goals') }}
),

declared as (
    select metric_name from {{ ref('stg_experiments__metrics') }}
),

queries as (
    select
        is_of_job,
        board_id,
        model_name
    from {{ ref('int_query_days') }}
    where model_name is not null
),

nodes as (
    select
        node_id,
        node_name
    from {{ ref('project_nodes') }}
    where node_kind = 'metric'
),

edges as (
    select
        parent_id,
        child_id
    from {{ ref('project_edges') }}
),

users as (
    select
        table_name,
        metric_name
    from {{ ref('int_table_users') }}
    where metric_name is not null
),

-- A query of a job builds its table; any other reads it.
demands as (
    select
        'metric' as asset_kind,
        metric_name as asset_id,
        'goal' as demand
    from goals
    union all
    select
        'metric' as asset_kind,
        metric_name as asset_id,
        'experiment' as demand
    from declared
    union all
    select
        'model' as asset_kind,
        table_name as asset_id,
        'metric' as demand
    from users
    union all
    select
        'metric' as asset_kind,
        parents.node_name as asset_id,
        'metric' as demand
    from edges
    inner join nodes as parents
        on edges.parent_id = parents.node_id
    inner join nodes as children
        on edges.child_id = children.node_id
    union all
    select
        'model' as asset_kind,
        model_name as asset_id,
        'query' as demand
    from queries
    where board_id is not null or not is_of_job
    union all
    select
        'metric' as asset_kind,
        model_name as asset_id,
        'query' as demand
    from queries
),

counted as (
    select
        asset_kind,
        asset_id,
        count(case when demand = 'goal' then 1 end) as goals,
        count(case when demand = 'metric' then 1 end) as metrics,
        count(case when demand = 'experiment' then 1 end) as experiments,
        count(case when demand = 'query' then 1 end) as queries
    from demands
    group by asset_kind, asset_id
)

select * from counted
