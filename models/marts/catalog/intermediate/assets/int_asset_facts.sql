with nodes as (
    select
        node_id as asset_id,
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

viewed as (
    select
        asset_id,
        view_count
    from {{ ref('int_board_view_counts') }}
),

states as (
    select
        asset_id,
        freshness,
        cost,
        failed_test_count
    from {{ ref('int_asset_states') }}
),

covered as (
    select
        'raw' as node_kind,
        'raw_' || replace(raw_table, '.', '__') as node_name,
        covered_date
    from {{ raw_coverage() }}
    union all
    select
        'metric' as node_kind,
        metric_name as node_name,
        covered_date
    from {{ ref('metric_coverage') }}
),

downstream as (
    select
        paths.ancestor_id as asset_id,
        count(*) as downstream_count
    from paths
    inner join nodes on paths.descendant_id = nodes.asset_id
    where nodes.is_public
    group by paths.ancestor_id
),

of_nodes as (
    select
        nodes.asset_id,
        coalesce(downstream.downstream_count, 0) as downstream_count,
        covered.covered_date as covered_until
    from nodes
    left join downstream on nodes.asset_id = downstream.asset_id
    left join covered
        on
            nodes.node_kind = covered.node_kind
            and nodes.node_name = covered.node_name
),

joined as (
    select
        coalesce(of_nodes.asset_id, viewed.asset_id) as asset_id,
        states.freshness,
        viewed.view_count,
        of_nodes.downstream_count,
        states.cost,
        states.failed_test_count,
        states.failed_test_count = 0 as has_passed_tests,
        of_nodes.covered_until
    from of_nodes
    full outer join viewed on of_nodes.asset_id = viewed.asset_id
    left join states on of_nodes.asset_id = states.asset_id
)

select * from joined
