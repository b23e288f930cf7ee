{# No two rows share the columns, and none of them is empty but those of `may_be_empty`: the grain of the model. #}
{% test unique_key(model, columns, may_be_empty=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
    {%- for column in columns if column not in may_be_empty %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
