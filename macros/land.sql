{# How a seed gets into the warehouse: DuckDB reads the project's CSV, or, with GROUNDWORK_RAW=<folder>, the
   file of that name in the user's folder, and the demo company is not used at all.

   A raw table becomes text columns as the contract lists them, plus _unreadable_line: what a line held that
   could not be read as CSV. A reference table is typed by its columns' data_type, and a bad value stops. #}
{% materialization seed, adapter='duckdb' %}
    {%- set is_raw = model.name.startswith('raw_') -%}
    {%- set file = seed_file(is_raw) -%}
    {%- set old_relation = adapter.get_relation(this.database, this.schema, this.identifier) -%}

    {# The seed runner asks for a result with rows; the rows themselves stay in DuckDB. #}
    {%- do store_result('agate_table', response='OK', agate_table=run_query('select 1 as landed')) -%}
    {%- do run_hooks(pre_hooks) -%}
    {%- if old_relation -%}{%- do adapter.drop_relation(old_relation) -%}{%- endif -%}

    {%- if is_raw -%}
        {%- set type = land_raw(file) -%}
    {%- else -%}
        {%- set type = land_reference(file) -%}
    {%- endif -%}
    {%- set relation = this.incorporate(type=type) -%}

    {%- do persist_docs(relation, model) -%}
    {%- do run_hooks(post_hooks) -%}
    {{- adapter.commit() -}}
    {{- return({'relations': [relation]}) -}}
{% endmaterialization %}


{# The file that fills this seed: its path, or none when the user's folder has none. #}
{% macro seed_file(is_raw) %}
    {%- set folder = env_var('GROUNDWORK_RAW', '') -%}
    {%- if not folder -%}{{ return(adapter.get_seed_file_path(model)) }}{%- endif -%}
    {%- set name = model.name | replace('raw_', '', 1) if is_raw else 'reference__' ~ model.name -%}
    {%- set files = run_query(
        "select file from glob('" ~ folder ~ "/" ~ name ~ ".*') where regexp_matches(file, '\\.(csv|parquet|sql)$') order by file"
    ).columns[0].values() -%}
    {%- if files | length > 1 -%}
        {%- do stop(name ~ ' is in the folder more than once: ' ~ files | join(', ') ~ '. Keep one of them.') -%}
    {%- elif files -%}
        {{ return(files[0]) }}
    {%- elif not is_raw and not model.config.meta.get('demo') -%}
        {{ return(adapter.get_seed_file_path(model)) }}
    {%- elif model.config.meta.get('required') -%}
        {%- do stop(folder ~ ' has no ' ~ name ~ '.csv, .parquet or .sql. The tables app__customers, app__orders and '
            ~ 'app__order_items are needed; add the file, or a .sql file that selects the table from where it is.') -%}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}


{# Lands a raw table; says whether it became a table or a view. #}
{% macro land_raw(file) %}
    {%- set present = columns_in(file) if file else {} -%}
    {%- set missing = [] -%}
    {%- set selected = [] -%}
    {%- for column in model.columns.values() -%}
        {%- set meta = column.config.meta -%}
        {%- set source = '"' ~ present[column.name] ~ '"' if column.name in present else 'null' -%}
        {%- set is_text = column.data_type == 'varchar' or source == 'null' -%}
        {%- do selected.append(('cast(' ~ source ~ ' as varchar)' if is_text else source) ~ ' as ' ~ column.name) -%}
        {%- if file and source == 'null' and not (meta.optional or 'default' in meta or 'default_var' in meta) -%}
            {%- do missing.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do stop(file ~ ' lacks the column ' ~ missing | join(', ') ~ ', which the contract of '
            ~ model.name ~ ' requires. It has: ' ~ present.values() | join(', ')
            ~ '. Rename a column in the file, or put a .sql file in its place that selects the columns under these names.') -%}
    {%- endif -%}

    {%- if file and file.endswith('.csv') -%}
        {%- set rejects = 'rejects_of_' ~ model.name -%}
        {%- call statement('main') -%}
            create table {{ this }} as
            select {{ selected | join(', ') }}, cast(null as varchar) as _unreadable_line
            from {{ csv_reader(file, present.values(), "store_rejects = true, rejects_table = '" ~ rejects ~ "', rejects_scan = '" ~ rejects ~ "_scan'") }}
        {%- endcall -%}
        {%- do run_query(
            'insert into ' ~ this ~ " (_unreadable_line) select concat('line ', line, ', ', lower(min(error_type::varchar)), ': ', max(csv_line)) from "
            ~ rejects ~ ' group by line'
        ) -%}
        {%- do run_query('drop table ' ~ rejects) -%}
        {%- do run_query('drop table ' ~ rejects ~ '_scan') -%}
        {{ return('table') }}
    {%- endif -%}

    {%- call statement('main') -%}
        create view {{ this }} as
        select {{ selected | join(', ') }}, cast(null as varchar) as _unreadable_line
        from {{ reader_of(file, present) if file else '(select 1) where false' }}
    {%- endcall -%}
    {{ return('view') }}
{% endmacro %}


{# Lands a reference table, typed by the data_type of its columns. #}
{% macro land_reference(file) %}
    {%- set present = columns_in(file) if file else {} -%}
    {%- set reader = reader_of(file, present) if file else '(select 1) where false' -%}
    {%- set selected = [] -%}
    {%- for column in model.columns.values() -%}
        {%- if file and column.name not in present -%}
            {%- do stop(file ~ ' lacks the column ' ~ column.name ~ '. The columns of ' ~ model.name ~ ' are: '
                ~ model.columns | join(', ') ~ '. It has: ' ~ present.values() | join(', ') ~ '.') -%}
        {%- endif -%}
        {%- set source = '"' ~ present[column.name] ~ '"' if file else 'null' -%}
        {%- if file -%}
            {%- set bad_values = run_query('select cast(' ~ source ~ ' as varchar) from ' ~ reader ~ ' where ' ~ source
                ~ ' is not null and try_cast(' ~ source ~ ' as ' ~ column.data_type ~ ') is null limit 1').columns[0].values() -%}
            {%- if bad_values -%}
                {%- do stop(file ~ ', column ' ~ column.name ~ ": '" ~ bad_values[0] ~ "' is not a " ~ column.data_type ~ '. Correct the value.') -%}
            {%- endif -%}
        {%- endif -%}
        {%- do selected.append('cast(' ~ source ~ ' as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {%- call statement('main') -%}
        create table {{ this }} as
        select {{ selected | join(', ') }} from {{ reader }}
    {%- endcall -%}
    {{ return('table') }}
{% endmacro %}


{# What DuckDB selects from to read a file whose columns are known. #}
{% macro reader_of(file, columns) %}
    {%- if file.endswith('.csv') -%}
        {{ return(csv_reader(file, columns.values(), 'store_rejects = false')) }}
    {%- elif file.endswith('.parquet') -%}
        {{ return("read_parquet('" ~ file ~ "')") }}
    {%- endif -%}
    {%- set text = run_query("select content from read_text('" ~ file ~ "')").columns[0].values()[0] -%}
    {{ return('(' ~ text.strip().rstrip(';') ~ ')') }}
{% endmacro %}


{% macro csv_reader(file, column_names, option) %}
    {{ return("read_csv('" ~ file ~ "', header = true, delim = ',', quote = '\"', escape = '\"', auto_detect = false, " ~ option
        ~ ", columns = {'" ~ column_names | join("': 'VARCHAR', '") ~ "': 'VARCHAR'})") }}
{% endmacro %}


{# The columns of a file in its own order: name in lower case -> name as written. #}
{% macro columns_in(file) %}
    {%- set reader = reader_of(file, {}) if not file.endswith('.csv') else
        "read_csv('" ~ file ~ "', header = true, delim = ',', quote = '\"', escape = '\"', all_varchar = true, ignore_errors = true)" -%}
    {%- set columns = {} -%}
    {%- for name in run_query('describe select * from ' ~ reader).columns[0].values() -%}
        {%- do columns.update({name | lower: name}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{% macro stop(message) %}
    {{ exceptions.raise_compiler_error(message) }}
{% endmacro %}
