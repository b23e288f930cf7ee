{# Ends a whole build with the question whether a personal value left raw, staging and the vault: tools/lineage.py follows
   the SQL that dbt has just written into its target folder. A selection, or a build that failed already, is not asked. #}
{% macro stop_at_leaks(results) %}
    {%- if execute and flags.WHICH == 'build' and flags.WRITE_JSON %}
        {%- set arguments = invocation_args_dict %}
        {%- set reasons = [] %}
        {%- for name in ('select', 'exclude', 'selector', 'resource_types', 'empty') if arguments.get(name) %}
            {%- do reasons.append(name) %}
        {%- endfor %}
        {%- for result in results if result.status | string not in ('success', 'pass', 'warn', 'no-op') %}
            {%- do reasons.append(result.status) %}
        {%- endfor %}
        {%- if not reasons %}
            {%- set found = run_query('select leaks_of_the_build(' ~ quoted(arguments.get('target_path') or '') ~ ')').rows[0][0] %}
            {%- if found %}
                {#- A build that failed is not published. -#}
                {%- if 'runs' in run_tables() %}
                    {%- do run_and_commit('update ' ~ run_relation('runs') ~ " set status = 'failed' where invocation_id = '" ~ invocation_id ~ "'") %}
                {%- endif %}
                select error({{ quoted(found) }})
            {%- endif %}
        {%- endif %}
    {%- endif %}
{% endmacro %}
