{# A word as it is looked up: endings that do not change what it is about are cut off. #}
{% macro word_stem(word) -%}
    {%- set text = namespace(sql=word) -%}
    {%- for ending in var('search_endings') -%}
        {%- set text.sql = "regexp_replace(" ~ text.sql ~ ", '" ~ ending[0] ~ "', '" ~ ending[1] ~ "')" -%}
    {%- endfor -%}
    {{ text.sql }}
{%- endmacro %}
