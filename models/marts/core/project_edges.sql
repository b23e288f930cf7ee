with listed as (
    select edges.*
    from (
        values
        {%- for node in project_graph() if node.parents %}
        {%- set is_last = loop.last %}
        {%- for parent in node.parents %}
        ('{{ parent }}', '{{ node.id }}'){{ ',' if not (loop.last and is_last) }}
        {%- endfor %}
        {%- endfor %}
    ) as edges (parent_id, child_id)
)

select * from listed
