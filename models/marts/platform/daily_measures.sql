with filled as (
    select * from {{ ref('int_filled_measures') }}
),

nodes as (
    select
        node_id,
        node_name,
        node_kind
    from {{ ref('project_nodes') }}
),

described as (
    select
        filled.node_id,
        nodes.node_name,
        nodes.node_kind,
        filled.measure,
        filled.kind,
        filled.column_name,
        filled.basis,
        case
            when filled.kind in ('share', 'share of values')
                then filled.hits / nullif(filled.n, 0)
            when filled.average is not null
                then {{ from_measured_scale('filled.average', 'filled.kind') }}
            else filled.hits
        end as value,
        filled.hits,
        filled.n,
        filled.average,
        filled.variance,
        filled.cubes,
        filled.fourths,
        filled.is_known,
        filled.measured_date
    from filled
    inner join nodes on filled.node_id = nodes.node_id
)

select * from described
