{# A share in percent with one digit, as text. #}
{% macro in_percent(share) -%}
    cast(cast(100 * {{ share }} as decimal(9, 1)) as varchar)
{%- endmacro %}


{# A sentence with its {names} replaced by values; an empty value reads as a dash. #}
{% macro with_numbers(sentence, values) -%}
    {%- set text = namespace(sql=sentence) -%}
    {%- for name, value in values.items() -%}
        {%- set text.sql = "replace(" ~ text.sql ~ ", '{" ~ name ~ "}', coalesce(" ~ value ~ ", '–'))" -%}
    {%- endfor -%}
    {{ text.sql }}
{%- endmacro %}


{% macro quoted(text) %}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{% endmacro %}


{% macro stop(message) %}
    {{ exceptions.raise_compiler_error(message) }}
{% endmacro %}
