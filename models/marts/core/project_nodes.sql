with listed as (
    select nodes.*
    from (
        values
        {%- for node in project_graph() %}
        ({{ literals([
            node.id, node.name, node.kind, node.layer, node.area, node.owner, node.is_public,
            node.materialized, node.relation_name,
        ]) }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as nodes (
        node_id, node_name, node_kind, layer, area, owner, is_public, materialized,
        relation_name
    )
)

select * from listed
