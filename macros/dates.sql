{# The first day of the month that a day is in. #}
{% macro month_of(day) -%}
    cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}


{# Whether late_days have passed by as_of_date since a period's last day. #}
{% macro is_final(last_day, as_of_date) -%}
    {{ dbt.dateadd('day', var('late_days'), last_day) }} <= {{ as_of_date }}
{%- endmacro %}
