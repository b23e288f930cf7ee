{# What dbt's graph knows of each table, metric and board, as the text of a JSON array; a table has its columns and questions in it.
   It returns nothing, so that `make find` renders it from a manifest without dbt. #}
{% macro project_assets() %}
    {%- set found, owners = [], {} %}
    {%- for group in (graph.groups or {}).values() %}{% do owners.update({group.name: group.owner.name}) %}{% endfor %}
    {%- for id, node in dict(graph.nodes or {}, **dict(graph.metrics or {}, **(graph.exposures or {}))).items()
            if id.split('.')[0] in ('model', 'seed', 'metric', 'exposure') %}
        {%- set kind, layer, meta, columns, questions = id.split('.')[0], node.fqn[1], node.config.meta, [], [] %}
        {%- set is_public = kind != 'model' or node.access == 'public' %}
        {%- for column in node.get('columns', {}).values() if is_public or layer == 'vault' %}
            {%- do columns.append({'name': column.name, 'description': column.description.split() | join(' ')}) %}
        {%- endfor %}
        {%- for question in meta.get('questions') or [] %}
            {%- do questions.append({
                'number': loop.index, 'question': question.question, 'question_ko': question.get('question_ko'),
                'metric': question.get('metric'), 'columns': question.columns | join(', ')}) %}
        {%- endfor %}
        {%- do found.append({
            'id': id, 'name': node.name, 'area': node.fqn[2] if layer == 'marts' else layer,
            'kind': {'seed': 'raw' if layer == 'raw' else 'reference', 'exposure': 'board'}.get(kind, kind),
            'label': meta.get('label') or meta.get('truth_of') or node.get('label'), 'label_ko': meta.get('label_ko'),
            'synonyms': meta.get('synonyms') if meta.get('synonyms') is string else (meta.get('synonyms') or []) | join(', '),
            'description': node.description.split() | join(' '),
            'owner': meta.get('owner') or owners.get(node.config.group) or node.get('owner', {}).get('name'),
            'url': node.get('url'), 'columns': columns, 'questions': questions, 'is_public': is_public, 'is_certified': meta.get('certified'),
            'is_deprecated': (meta.get('deprecated_by') or node.get('deprecation_date') or none) is not none,
            'deprecated_by': meta.get('deprecated_by')}) %}
    {%- endfor %}
    {{- found | tojson }}
{%- endmacro %}
