{# The model has no rows: each one is something to look at. #}
{% test is_empty(model) %}
select * from {{ model }}
{% endtest %}
