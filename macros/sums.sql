{# A sum of doubles that is the same in whatever order rows come: each is rounded to so many decimals, then nothing is. Below 10^20. #}
{% macro steady_sum(value, decimals=18) -%}
    cast(sum(cast({{ value }} as decimal(38, {{ decimals }}))) as double)
{%- endmacro %}
