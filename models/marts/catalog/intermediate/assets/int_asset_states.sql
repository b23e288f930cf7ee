{%- if 'platform' in var('areas') %}
with nodes as (
    select
        node_id,
        node_name,
        node_kind
    from {{ ref('project_nodes') }}
),

feeds as (
    select
        nodes.node_id,
        freshness.verdict
    from {{ ref('freshness') }} as freshness
    inner join nodes
        on
            nodes.node_kind = 'raw'
            and nodes.node_name = 'raw_' || replace(freshness.raw_table, '.', '__')
),

fed as (
    select
        node_id,
        verdict
    from feeds
    union all
    select
        paths.descendant_id as node_id,
        feeds.verdict
    from feeds
    inner join {{ ref('project_paths') }} as paths
        on feeds.node_id = paths.ancestor_id
),

-- What hangs on several feeds is as fresh as the worst of them that says anything.
feed_states as (
    select
        node_id,
        case
            when bool_or(verdict = 'stopped') then 'stopped'
            when bool_or(verdict = 'late') then 'late'
            when bool_or(verdict = 'on_time') then 'on_time'
            else 'unknown'
        end as freshness
    from fed
    group by node_id
),

-- The tests' results are those of the run before this one.
test_states as (
    select
        tested_node_name as node_name,
        count(*) filter (where last_status in ('fail', 'error')) as failed_test_count
    from {{ ref('node_history') }}
    where tested_node_name is not null
    group by tested_node_name
),

costs as (
    select
        asset_kind,
        asset_id as node_name,
        cost
    from {{ ref('cost_value') }}
),

joined as (
    select
        nodes.node_id as asset_id,
        feed_states.freshness,
        costs.cost,
        test_states.failed_test_count
    from nodes
    left join feed_states on nodes.node_id = feed_states.node_id
    left join test_states
        on
            nodes.node_name = test_states.node_name
            and nodes.node_kind in ('raw', 'reference', 'model')
    left join costs
        on nodes.node_kind = costs.asset_kind and nodes.node_name = costs.node_name
)
{%- else %}
with joined as (
    select
        cast(null as varchar) as asset_id,
        cast(null as varchar) as freshness,
        cast(null as decimal(24, 6)) as cost,
        cast(null as bigint) as failed_test_count
    where false
)
{%- endif %}

select * from joined
