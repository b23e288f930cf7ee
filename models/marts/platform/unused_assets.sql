{%- set numbers = {
    'name': 'unused.asset_name',
    'boards': "cast(unused.boards as varchar)",
    'age': 'cast(unused.age_days as varchar)',
    'last': 'cast(unused.last_viewed_date as varchar)',
    'days': quoted(var('cost_value_days') | string),
    'cost': 'cast(cast(unused.cost as decimal(24, 2)) as varchar)',
} -%}

with assets as (
    select
        asset_kind,
        asset_id,
        asset_name,
        team,
        reason_code,
        boards,
        cost,
        age_days,
        last_viewed_date
    from {{ ref('int_asset_reasons') }}
),

raw_tables as (
    select
        node_id,
        node_name,
        owner
    from {{ ref('project_nodes') }}
    where node_kind = 'raw'
),

delivered as (
    select concat('raw_', replace(coverage.raw_table, '.', '__')) as node_name
    from {{ raw_coverage() }} as coverage
    where coverage.is_delivered
),

paths as (
    select
        paths.ancestor_id,
        nodes.node_kind
    from {{ ref('project_paths') }} as paths
    inner join {{ ref('project_nodes') }} as nodes
        on paths.descendant_id = nodes.node_id
    where nodes.node_kind in ('board', 'metric')
),

read_names as (
    select asset_name as node_name
    from {{ ref('int_board_reads') }}
    where asset_kind = 'table'
),

-- A raw table that arrives and that nothing is made from.
unused_raw_tables as (
    select
        'raw' as asset_kind,
        raw_tables.node_name as asset_id,
        raw_tables.node_name as asset_name,
        raw_tables.owner as team,
        'not_used' as reason_code,
        0 as boards,
        cast(null as decimal(24, 6)) as cost,
        cast(null as bigint) as age_days,
        cast(null as date) as last_viewed_date
    from raw_tables
    inner join delivered
        on raw_tables.node_name = delivered.node_name
    where
        raw_tables.node_id not in (select paths.ancestor_id from paths)
        and raw_tables.node_name not in (select read_names.node_name from read_names)
),

unused as (
    select *
    from assets
    where
        reason_code in (
            'never_opened', 'not_opened_lately', 'unread', 'unread_unknown_age',
            'no_query_log', 'nobody_asks'
        )
    union all
    select * from unused_raw_tables
),

sentences as (
    select
        subject,
        reason_code,
        verdict,
        sentence,
        sentence_ko
    from {{ ref('cost_sentences') }}
),

told as (
    select
        unused.asset_kind,
        unused.asset_id,
        unused.asset_name,
        unused.team,
        unused.reason_code,
        {{ with_numbers('sentences.sentence', numbers) }} as sentence,
        {{ with_numbers('sentences.sentence_ko', numbers) }} as sentence_ko,
        sentences.verdict,
        cast(unused.age_days as bigint) as age_days,
        cast(unused.cost as decimal(24, 6)) as cost,
        unused.last_viewed_date
    from unused
    left join sentences
        on
            unused.asset_kind = sentences.subject
            and unused.reason_code = sentences.reason_code
)

select * from told
