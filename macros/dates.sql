{# The first day of the month that a day is in. #}
{% macro month_of(day) -%}
    cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}


{# Whether the loads cover late_days more than a period. #}
{% macro is_final(last_day, covered_date) -%}
    {{ dbt.dateadd('day', var('late_days'), last_day) }} <= {{ covered_date }}
{%- endmacro %}
