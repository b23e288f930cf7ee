with project_assets as (
    select * from {{ ref('int_project_assets') }}
),

warehouse_assets as (
    select * from {{ ref('int_warehouse_assets') }}
),

facts as (
    select
        asset_id,
        freshness,
        view_count,
        downstream_count,
        cost,
        failed_test_count,
        has_passed_tests,
        covered_until
    from {{ ref('int_asset_facts') }}
),

united as (
    select
        asset_id,
        node_id,
        kind,
        asset_name,
        table_name,
        metric_name,
        area,
        label,
        label_ko,
        synonyms,
        description,
        owner,
        url,
        deprecated_by,
        is_public,
        is_certified,
        is_deprecated,
        cast(null as date) as certified_until
    from project_assets
    union all
    select
        asset_id,
        null as node_id,
        kind,
        asset_name,
        table_name,
        null as metric_name,
        area,
        label,
        label_ko,
        synonyms,
        description,
        owner,
        url,
        null as deprecated_by,
        true as is_public,
        is_certified,
        false as is_deprecated,
        certified_until
    from warehouse_assets
),

joined as (
    select
        united.asset_id,
        united.node_id,
        united.kind,
        united.asset_name,
        united.table_name,
        united.metric_name,
        united.area,
        united.label,
        united.label_ko,
        nullif(united.synonyms, '') as synonyms,
        nullif(united.description, '') as description,
        case
            when united.kind in ('raw', 'reference', 'model')
                then
                    nullif(
                        regexp_extract(united.description, '^(.*?\.)( |$)', 1), ''
                    )
        end as grain,
        united.owner,
        united.url,
        united.deprecated_by,
        case
            when united.is_deprecated then 'deprecated'
            when united.is_certified then 'certified'
            when united.certified_until is not null then 'lapsed'
            when united.is_public then 'open'
            when united.area = 'vault' then 'restricted'
            else 'internal'
        end as trust,
        facts.freshness,
        facts.view_count,
        facts.downstream_count,
        facts.cost,
        facts.failed_test_count,
        united.is_public,
        united.is_certified,
        united.is_deprecated,
        facts.has_passed_tests,
        united.certified_until,
        facts.covered_until
    from united
    left join facts on united.asset_id = facts.asset_id
)

select * from joined
