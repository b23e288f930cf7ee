{# A model's or a seed's schema is its folder, whoever builds it: of a mart the area's, else staging, vault, metrics, raw
   or reference. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if node.resource_type in ('model', 'seed') -%}
    {{ node.fqn[2] if node.fqn[1] == 'marts' else node.fqn[1] }}
    {%- else -%}
    {{ (custom_schema_name or target.schema) | trim }}
    {%- endif -%}
{%- endmacro %}
