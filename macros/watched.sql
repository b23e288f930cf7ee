{# The different rows of some columns of a table, when the model that asks is compiled: none as long as the table is not built. #}
{% macro distinct_rows(relation, columns) %}
    {%- if not load_relation(relation) %}{{ return([]) }}{% endif %}
    {%- set names = columns | join(', ') %}
    {{ return(run_query('select distinct ' ~ names ~ ' from ' ~ relation ~ ' order by ' ~ names).rows | list) }}
{% endmacro %}


{# Logged features, as int_watched_features has them so far: sets (a number, and what case_layers says of the names in order), and positions (0 of the score, then as many as the version with most features has). #}
{% macro watched_features(watched) %}
    {%- set names_of = {} %}
    {%- for row in distinct_rows(watched, ['set_number', 'position', 'feature_name']) %}
        {%- do names_of.setdefault(row[0] | int, []).append(row[2]) %}
    {%- endfor %}
    {%- set sets = [] %}
    {%- set most = [0] %}
    {%- for number, names in names_of.items() %}
        {%- do sets.append(dict(case_layers(names), number=number)) %}
        {%- do most.append(names | length) %}
    {%- endfor %}
    {{ return({'sets': sets, 'positions': range(most | max + 1) | list}) }}
{% endmacro %}


{# Names in as many lists as none has two that differ in case alone, for an engine mixes those up: the layers, and for each name its layer (from 0) and place in it (from 1). #}
{% macro case_layers(names) %}
    {%- set layers = [] %}
    {%- set fields = [] %}
    {%- set times = {} %}
    {%- for name in names %}
        {%- set layer = times.get(name | lower, 0) %}
        {%- do times.update({name | lower: layer + 1}) %}
        {%- if layer == layers | length %}{% do layers.append([]) %}{% endif %}
        {%- do layers[layer].append(name) %}
        {%- do fields.append((layer, layers[layer] | length)) %}
    {%- endfor %}
    {{ return({'layers': layers, 'fields': fields}) }}
{% endmacro %}
