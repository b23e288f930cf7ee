{# A condition is true of every row; a row for which it is unknown fails. #}
{% test holds(model, condition) %}
select *
from {{ model }}
where ({{ condition }}) is not true
{% endtest %}
