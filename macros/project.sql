{# What dbt's graph knows of the project: raw and reference tables, models, metrics and boards, one mapping each. Empty while
   dbt parses, when there is no graph yet. #}
{% macro project_graph() %}
    {%- set kinds = {'model': 'model', 'metric': 'metric', 'exposure': 'board'} %}
    {%- set found = [] %}
    {%- for nodes in [graph.nodes, graph.metrics, graph.exposures] if execute %}
        {%- for node in nodes.values() if node.resource_type in ('seed', 'model', 'metric', 'exposure') %}
            {%- set layer = node.fqn[1] %}
            {%- set group = graph.groups['group.' ~ project_name ~ '.' ~ node.config.group] if node.config.group else {} %}
            {%- do found.append({
                'id': node.unique_id,
                'name': node.name,
                'kind': kinds[node.resource_type] or layer,
                'layer': layer,
                'area': node.fqn[2] if layer == 'marts' else layer,
                'owner': node.config.meta.owner or (node.owner or group.owner or {}).name,
                'is_public': node.resource_type in ('metric', 'exposure') or node.access == 'public',
                'materialized': node.config.materialized,
                'relation_name': node.relation_name,
                'parents': read_by(node),
            }) %}
        {%- endfor %}
    {%- endfor %}
    {{ return(found | sort(attribute='id')) }}
{% endmacro %}


{# The columns of all raw contracts, one mapping each: raw_table (<system>.<table>), name, pii and description. Empty while dbt
   parses, when there is no graph yet. #}
{% macro contract_columns() %}
    {%- set found = [] %}
    {%- for node in (graph.nodes or {}).values() if execute and node.resource_type == 'seed' and node.fqn[1] == 'raw' %}
        {%- set raw_table = node.name | replace('raw_', '', 1) | replace('__', '.') %}
        {%- for column in node.columns.values() %}
            {%- do found.append({
                'raw_table': raw_table,
                'name': column.name,
                'pii': column.config.meta.pii,
                'description': column.description.split() | join(' '),
            }) %}
        {%- endfor %}
    {%- endfor %}
    {{ return(found | sort(attribute='raw_table,name')) }}
{% endmacro %}


{# What a node reads: a metric's semantic model stands for its table. #}
{% macro read_by(node) %}
    {%- set parents = [] %}
    {%- for parent in (node.depends_on or {}).nodes or [] %}
        {%- if parent in graph.semantic_models %}
            {%- do parents.extend(graph.semantic_models[parent].depends_on.nodes) %}
        {%- else %}
            {%- do parents.append(parent) %}
        {%- endif %}
    {%- endfor %}
    {{ return(parents | unique | sort) }}
{% endmacro %}


{# Values as a row of SQL: text in quotes, what is empty as null. #}
{% macro literals(values) -%}
    {%- for value in values -%}
        {%- if value is boolean -%}{{ value | lower }}
        {%- elif value is none or value is undefined -%}null
        {%- else -%}'{{ value | string | replace("'", "''") }}'
        {%- endif -%}
        {{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
