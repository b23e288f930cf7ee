{%- if 'experiments' in var('areas') %}
-- What is shrunk and what a group held out measures are two views of the same revenue: only the first counts.
with ledger as (
    select
        ledger.experiment_id,
        ledger.metric_name,
        ledger.credited_revenue
    from {{ ref('experiment_ledger') }} as ledger
    cross join {{ as_of() }} as run
    where
        ledger.evidence = 'shrunk'
        and ledger.credited_revenue is not null
        and ledger.month > {{ dbt.dateadd(
            'day', '-' ~ var('cost_value_days'), 'run.as_of_date'
        ) }}
),

measured as (
    select
        metric_name,
        split_part(numerator, '.', 1) as table_name
    from {{ ref('experiment_metrics') }}
    union
    select
        metric_name,
        split_part(denominator, '.', 1) as table_name
    from {{ ref('experiment_metrics') }}
    where denominator is not null
),

nodes as (
    select
        node_id,
        node_name
    from {{ ref('project_nodes') }}
    where node_kind in ('model', 'raw', 'reference')
),

paths as (
    select
        ancestor_id,
        descendant_id
    from {{ ref('project_paths') }}
),

feeding as (
    select
        measured.metric_name,
        measured.table_name as asset_id
    from measured
    union
    select
        measured.metric_name,
        above.node_name as asset_id
    from measured
    inner join nodes
        on measured.table_name = nodes.node_name
    inner join paths
        on nodes.node_id = paths.descendant_id
    inner join nodes as above
        on paths.ancestor_id = above.node_id
),

credited as (
    select
        'metric' as asset_kind,
        metric_name as asset_id,
        sum(credited_revenue) as credited_revenue
    from ledger
    group by metric_name
    union all
    select
        'model' as asset_kind,
        feeding.asset_id,
        sum(ledger.credited_revenue) as credited_revenue
    from ledger
    inner join feeding
        on ledger.metric_name = feeding.metric_name
    group by feeding.asset_id
)

select * from credited
{%- else %}
select
    cast(null as varchar) as asset_kind,
    cast(null as varchar) as asset_id,
    cast(null as decimal(24, 6)) as credited_revenue
{%- endif %}
