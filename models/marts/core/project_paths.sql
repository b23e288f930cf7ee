with recursive edges as (
    select
        parent_id,
        child_id
    from {{ ref('project_edges') }}
),

walked as (
    select
        parent_id as ancestor_id,
        child_id as descendant_id,
        cast(1 as bigint) as step_count
    from edges
    union
    select
        walked.ancestor_id,
        edges.child_id as descendant_id,
        walked.step_count + cast(1 as bigint) as step_count
    from walked
    inner join edges on walked.descendant_id = edges.parent_id
),

shortest as (
    select
        ancestor_id,
        descendant_id,
        min(step_count) as step_count
    from walked
    group by ancestor_id, descendant_id
)

select * from shortest
