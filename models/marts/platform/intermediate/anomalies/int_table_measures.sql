{%- set large = ['events.events', 'devices.readings', 'experiments.exposures', 'ml.predictions'] %}
{%- set selects = [] %}
{%- for system, tables in raw_tables().items() %}{% for table in tables %}
    {%- do ref('validated_' ~ system ~ '__' ~ table) %}
    {%- if execute and system ~ '.' ~ table not in large %}
        {%- do selects.append(measures_of(system, table) | trim) %}
    {%- endif %}
{%- endfor %}{% endfor %}
{{ selects | select | join('\n    union all\n') or 'select 1 as node_id' }}
