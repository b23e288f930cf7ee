{# Funnels have at most as many steps; a test of the seed says so. #}
{% macro most_funnel_steps() -%}
    {{ return(8) }}
{%- endmacro %}
