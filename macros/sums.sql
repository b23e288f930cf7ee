{# A sum of doubles that is the same in whatever order rows come: each is rounded to 18 decimals, then nothing is. Below 10^20. #}
{% macro steady_sum(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 18))) as double)
{%- endmacro %}
