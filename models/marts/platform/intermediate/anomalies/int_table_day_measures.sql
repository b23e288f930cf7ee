{#- Numbers of a customer or a dispute go on changing after its day. -#}
{%- set days = {
    'customers': ('created_date', false),
    'customer_days': ('activity_date', true),
    'disputes': ('opened_date', false),
    'orders': ('ordered_date', true),
    'payments': ('attempted_date', true),
    'refunds': ('refunded_date', true),
    'sessions': ('started_date', true),
} %}
{%- for name, (day, has_numbers) in days.items() %}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] if execute else {'columns': {}} %}
    {%- set measures = [measure("'rows'", 'count', '', 'count(*)')] %}
    {%- for column in node.columns.values() if has_numbers
        and (column.data_type in ('bigint', 'double') or column.data_type.startswith('decimal'))
        and column.name not in ('fingerprint', 'review_exempt_probability') %}
        {%- do measures.append(mean_measure(
            quoted('mean ' ~ column.name), 'signed log', column.name, signed_log(column.name)
        )) %}
    {%- endfor %}
select
    node_id,
    measured_date,
    {{ fields_of('one') }}
from (
    select
        'model.{{ project_name }}.{{ name }}' as node_id,
        {{ day }} as measured_date,
        {{ each_of(all_measures(measures)) }} as one
    from {{ ref(name) }}
    where {{ day }} is not null
    group by {{ day }}
) as {{ name }}_days
{{ 'union all' if not loop.last }}
{% endfor %}
