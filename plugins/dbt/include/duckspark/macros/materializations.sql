{# A table that Spark makes is Parquet, and a view of DuckDB over it: it cannot be added to. So an incremental model is
   built whole. One that has rows which nothing could make again, and Python models, stay tables of DuckDB. #}

{% materialization table, adapter='duckspark', supported_languages=['sql', 'python'] %}
    {%- if model.language == 'sql' -%}{{- return(made_by_spark()) -}}{%- endif -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set written = make_intermediate_relation(relation) -%}
    {%- do adapter.drop_relation(written) -%}
    {#- dbt runs Python only when a materialization asks itself. -#}
    {%- call statement('main', language='python') -%}
        {{- create_table_as(False, written, compiled_code, 'python') -}}
    {%- endcall -%}
    {%- do begin_replacing() -%}
    {%- do adapter.cache_dropped(relation) -%}
    {%- do adapter.rename_relation(written, relation) -%}
    {%- do finish_replacing(relation) -%}
    {{- return({'relations': [relation]}) -}}
{% endmaterialization %}


{% materialization incremental, adapter='duckspark' %}
    {%- if config.get('full_refresh') is false -%}{{- return(materialization_incremental_duckdb()) -}}{%- endif -%}
    {{- return(made_by_spark()) -}}
{% endmaterialization %}


{% macro made_by_spark() %}
    {%- set relation = this.incorporate(type='view') -%}
    {%- set has_contract = config.get('contract').enforced -%}
    {%- do begin_replacing() -%}
    {%- if has_contract -%}{%- do get_assert_columns_equivalent(compiled_code) -%}{%- endif -%}
    {%- call statement('main') -%}
create table {{ relation }} as (
{{ get_select_subquery(compiled_code) if has_contract else compiled_code }}
)
    {%- endcall -%}
    {%- do finish_replacing(relation) -%}
    {{- return({'relations': [relation]}) -}}
{% endmacro %}
