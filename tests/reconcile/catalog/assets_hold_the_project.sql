-- Why: what is not in the catalog is found by nobody, and looks as if it were not there.
-- Threshold: none. Every table, metric and board of the project is one asset, and every asset can be searched for.
-- A failure means: catalog_assets or search_assets drops something, or names what is gone.
with assets as (
    select
        catalog_assets.asset_id,
        catalog_assets.node_id,
        search_assets.asset_id is not null as is_searched
    from {{ ref('catalog_assets') }} as catalog_assets
    left join {{ ref('search_assets') }} as search_assets
        on catalog_assets.asset_id = search_assets.asset_id
)

select
    nodes.node_id,
    assets.asset_id,
    assets.is_searched
from {{ ref('project_nodes') }} as nodes
full join assets on nodes.node_id = assets.asset_id
where
    assets.asset_id is null
    or (assets.is_searched) is not true
    or (nodes.node_id is null and assets.node_id = assets.asset_id)
