{# The whole numbers from 1 on, as many as a table has days: a relation with the column number. #}
{% macro numbers_of(dates) -%}
    (select row_number() over (order by date_day) as number from {{ dates }})
{%- endmacro %}
