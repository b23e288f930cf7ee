{# After landing, before any model: the rows of persons who asked to be forgotten leave the raw tables, and kept rows
   lose what is personal (plugins/erasure.py says which those are). What was erased is counted in raw.erased_rows. #}
{% macro erase_persons() %}
    {%- if has_erasures() -%}
        {%- set plan = fromjson(run_query('select erasure_plan(' ~ quoted(tojson(erasure_request())) ~ ')').columns[0].values()[0]) -%}
        {%- if plan.problem -%}{%- do stop(plan.problem) -%}{%- endif -%}
        {%- do run_query(plan['keys'] | join(';\n')) -%}
        {%- for name, row_count, is_view in run_query(plan.count).rows if row_count -%}
            {%- do run_query((plan.views if is_view else plan.tables)[name] | join(';\n')) -%}
        {%- endfor -%}
        {%- do run_query(plan.end) -%}
    {%- endif -%}
    {%- do run_query('create or replace table ' ~ erasure_receipts() ~ ' as select unnest(from_json(erasure_receipts(), '
        ~ quoted(tojson([receipt_structure()])) ~ '), recursive := true)') -%}
{% endmacro %}


{# Whether anybody asked, or was forgotten before. #}
{% macro has_erasures() %}
    {{ return(
        run_query("select erasure_receipts() <> '[]'").rows[0][0]
        or 'raw_privacy__erasure_requests' in tables_landed()
        and run_query('select 1 from raw.raw_privacy__erasure_requests limit 1').rows | length > 0
    ) }}
{% endmacro %}


{# dbt does not know the tables that this run has landed. #}
{% macro tables_landed() %}
    {{ return(run_query('select table_name from ' ~ landed_files() ~ ' where problem is null').columns[0].values() | list) }}
{% endmacro %}


{% macro tables_with_erased_rows() %}
    {{ return(run_query('select distinct table_name from ' ~ erased_rows()).columns[0].values() | list) }}
{% endmacro %}


{# What plugins/erasure.py must know: the contracts of the landed raw tables, and the day of a row's arrival. #}
{% macro erasure_request() %}
    {%- set contracts, days = [], {} -%}
    {%- set landed = tables_landed() -%}
    {%- for seed in seeds_of_the_project() if seed.name.startswith('raw_') and seed.name in landed -%}
        {%- set name = seed.name.replace('raw_', '', 1) -%}
        {%- set columns = [] -%}
        {%- for column in seed.columns.values() -%}
            {%- set meta = column.config.meta -%}
            {%- do columns.append({
                'name': column.name,
                'pii': meta.get('pii'),
                'parent': meta.get('parent'),
                'parents': meta.get('parents'),
                'optional': true if meta.optional or meta.needed_without or 'default' in meta else false,
            }) -%}
        {%- endfor -%}
        {%- do contracts.append({'name': name, 'key': seed.config.meta.key, 'columns': columns}) -%}
        {%- do days.update({name: 'coalesce(cast(' ~ arrival(seed) ~ " as date), cast('1970-01-01' as date))"}) -%}
    {%- endfor -%}
    {{ return({'contracts': contracts, 'keeps': var('erasure_keeps'), 'arrival_days': days}) }}
{% endmacro %}


{# One row per raw table, person, day of arrival and what became of the rows: erased, or kept without the person. #}
{% macro erased_rows() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='erased_rows')) }}
{% endmacro %}


{# One row per person who was forgotten by make forget, as its receipt has it. #}
{% macro erasure_receipts() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='erasure_receipts')) }}
{% endmacro %}


{# A receipt, with what is told of it as JSON in texts. #}
{% macro receipt_structure() %}
    {{ return({
        'request_id': 'VARCHAR',
        'requested_at': 'TIMESTAMP',
        'done_at': 'TIMESTAMP',
        'person': 'VARCHAR',
        'erased_row_count': 'BIGINT',
        'kept_row_count': 'BIGINT',
        'file_count': 'BIGINT',
        'found_count': 'BIGINT',
        'rows_by_table': 'VARCHAR',
        'files': 'VARCHAR',
        'remaining': 'VARCHAR',
        'searched': 'VARCHAR',
        'moved_metrics': 'VARCHAR',
    }) }}
{% endmacro %}
