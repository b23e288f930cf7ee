{# The first id that has a value, after the name of its space: a device may have the id of a customer. `ids` has the
   columns by space. #}
{% macro id_in_its_space(ids) -%}
    coalesce({% for space, column in ids.items() %}'{{ space }} ' || {{ column }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
