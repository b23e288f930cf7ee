{# None of the columns is empty. Stops with a message that names each column that is, and in how many rows. #}
{% test has_values(model, columns) %}
with empty_columns as (
    {%- for column in columns %}
    select
        '{{ column }}' as column_name,
        count(*) as row_count
    from {{ model }}
    where {{ column }} is null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

messages as (
    select string_agg(concat(column_name, ' is empty in ', row_count, ' rows'), ', ') as message
    from empty_columns
    where row_count > 0
)

select message
from messages
where
    message is not null
    and {{ fail_with("concat('" ~ model.identifier ~ ": ', message, '.')") }} is null
{% endtest %}
