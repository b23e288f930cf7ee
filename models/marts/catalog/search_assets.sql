with assets as (
    select
        asset_id,
        node_id,
        kind,
        asset_name,
        table_name,
        area,
        label,
        label_ko,
        description,
        owner,
        deprecated_by,
        trust,
        coalesce(view_count, 0) + coalesce(downstream_count, 0) as use_count,
        is_deprecated
    from {{ ref('catalog_assets') }}
),

-- Columns and questions are used as their tables are.
used as (
    select
        asset_id as node_id,
        use_count
    from assets
),

weights as (
    select
        part,
        name,
        weight
    from {{ ref('search_weights') }}
),

counted as (
    select
        assets.asset_id,
        case
            when assets.kind in ('column', 'feature')
                then assets.table_name || '.' || assets.asset_name
            else assets.asset_name
        end as shown_name,
        coalesce(used.use_count, assets.use_count) as use_count
    from assets
    left join used on assets.node_id = used.node_id
),

boosted as (
    select
        assets.asset_id,
        assets.kind,
        counted.shown_name,
        '=' || {{ search_phrase('counted.shown_name') }} as full_term,
        '=' || {{ search_phrase('assets.asset_name') }} as exact_term,
        assets.area,
        assets.label,
        assets.label_ko,
        assets.description,
        assets.owner,
        assets.deprecated_by,
        assets.trust,
        counted.use_count,
        round(
            coalesce(kinds.weight, 1) * coalesce(trusts.weight, 1) * (
                1 + coalesce(uses.weight, 0) * ln(1 + counted.use_count)
                / ln(2 + max(counted.use_count) over ())
            ),
            4
        ) as boost,
        assets.is_deprecated
    from assets
    inner join counted on assets.asset_id = counted.asset_id
    left join weights as kinds
        on assets.kind = kinds.name and kinds.part = 'kind'
    left join weights as trusts
        on assets.trust = trusts.name and trusts.part = 'trust'
    left join weights as uses on uses.part = 'use'
)

select * from boosted
