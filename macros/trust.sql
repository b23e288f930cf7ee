{# The tenth of the scale that a score is in, 0 to 9; -1 without a score. #}
{% macro score_band(score) -%}
    case when {{ score }} is null then -1 else cast(least(floor(10 * {{ score }}), 9) as integer) end
{%- endmacro %}
