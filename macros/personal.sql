{# The public tables of marts and metrics and who is in them (meta `disclosure`), as rows of SQL: node_id, table_name, disclosure. #}
{% macro tables_by_disclosure() -%}
    {%- set found = [] -%}
    {%- for node in (graph.nodes or {}).values() if node.resource_type == 'model' and node.access == 'public' and node.config.meta.disclosure -%}
        {%- do found.append('(' ~ literals([node.unique_id, node.name, node.config.meta.disclosure]) ~ ')') -%}
    {%- endfor -%}
    {{ found | sort | join(', ') or '(null, null, null)' }}
{%- endmacro %}
