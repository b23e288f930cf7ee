{# A table or a view is replaced inside one transaction, without a second name on the way: readers see the old one until
   the commit, a killed run leaves nothing behind, and a build of hundreds of small tables spends its time on their SQL. #}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set relation = this.incorporate(type='table') -%}
    {#- Python writes by a transaction of its own, so it writes beside the old table. -#}
    {%- set written = make_intermediate_relation(relation) if model.language == 'python' else relation -%}
    {%- if model.language == 'python' -%}
        {%- do adapter.drop_relation(written) -%}
    {%- else -%}
        {%- do begin_replacing() -%}
    {%- endif -%}
    {%- call statement('main', language=model.language) -%}
        {{- create_table_as(False, written, compiled_code, model.language) -}}
    {%- endcall -%}
    {%- if model.language == 'python' -%}
        {%- do begin_replacing() -%}
        {%- do adapter.cache_dropped(relation) -%}
        {%- do adapter.rename_relation(written, relation) -%}
    {%- endif -%}
    {%- do finish_replacing(relation) -%}
    {{- return({'relations': [relation]}) -}}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='view') -%}
    {%- do begin_replacing() -%}
    {%- call statement('main') -%}{{ get_create_view_as_sql(relation, sql) }}{%- endcall -%}
    {%- do finish_replacing(relation) -%}
    {{- return({'relations': [relation]}) -}}
{% endmaterialization %}


{% macro begin_replacing() %}
    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}
    {%- set old_relation = load_cached_relation(this) -%}
    {%- if old_relation is not none -%}
        {%- call statement('drop_old') -%}
            drop {{ old_relation.type }} if exists {{ old_relation }} cascade
        {%- endcall -%}
    {%- endif -%}
{% endmacro %}


{% macro finish_replacing(relation) %}
    {%- do persist_docs(relation, model) -%}
    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do adapter.commit() -%}
    {#- Until here dbt takes the old one to be there, as it is when the new one fails. -#}
    {%- do adapter.cache_dropped(relation) -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
{% endmacro %}
