{# Whether a month (its first day) is over by as_of and late_days have passed since. #}
{% macro month_is_final(month) -%}
    {{ dbt.dateadd('day', var('late_days'), dbt.last_day(month, 'month')) }} <= as_of.as_of_date
{%- endmacro %}
