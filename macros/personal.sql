{# The public tables whose rows are about one person each (meta `disclosure`), as rows of SQL. #}
{% macro tables_of_persons() -%}
    {%- set found = [] -%}
    {%- for node in (graph.nodes or {}).values() if node.resource_type == 'model' and node.config.meta.disclosure == 'persons' -%}
        {%- do found.append("('" ~ node.unique_id ~ "')") -%}
    {%- endfor -%}
    {{ found | sort | join(', ') or '(null)' }}
{%- endmacro %}
