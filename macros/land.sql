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
    {%- if pattern_in(folder) -%}{%- do stop(pattern_in(folder)) -%}{%- endif -%}
    {%- set name = model.name | replace('raw_', '', 1) if is_raw else 'reference__' ~ model.name -%}
    {%- set files = files_named(folder, name) -%}
    {%- if files | length > 1 -%}
        {%- do stop(name ~ ' is in the folder more than once: ' ~ files | join(', ') ~ '. Keep one of them.') -%}
    {%- elif files -%}
        {{ return(files[0]) }}
    {%- elif not is_raw and not model.config.meta.get('demo') -%}
        {{ return(adapter.get_seed_file_path(model)) }}
    {%- elif model.config.meta.get('required') -%}
        {%- set others = files_named(folder, '*') -%}
        {%- do stop(folder ~ ' has no ' ~ name ~ '.csv, .parquet or .sql. The tables app__customers, app__orders and '
            ~ 'app__order_items are needed; add the file, or a .sql file that selects the table from where it is. The folder has: '
            ~ (others | join(', ') if others else 'no .csv, .parquet or .sql file') ~ '.') -%}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}


{# What is wrong with the name of a folder; empty when nothing is. #}
{% macro pattern_in(folder) -%}
    {%- if modules.re.search('[*?\\[\\]]', folder) -%}
    {{ folder }} has one of * ? [ ] in its path, which DuckDB reads as a pattern. Rename the folder, or set GROUNDWORK_RAW to a link to it.
    {%- endif -%}
{%- endmacro %}


{# The files of a folder with this name, whichever of the three endings they have. #}
{% macro files_named(folder, name) %}
    {{ return(run_query(
        'select file from glob(' ~ quoted(folder ~ '/' ~ name ~ '.*') ~ ") where regexp_matches(file, '[.](csv|parquet|sql)$') order by file"
    ).columns[0].values() | list) }}
{% endmacro %}


{# Lands a raw table; says whether it became a table or a view. #}
{% macro land_raw(file) %}
    {%- set found = columns_in(file) if file else {'columns': {}} -%}
    {%- if found.problem -%}{%- do stop(found.problem) -%}{%- endif -%}
    {%- set missing = missing_columns(model, found.columns) -%}
    {%- if file and missing.required -%}
        {%- do stop(file ~ ' lacks the column ' ~ missing.required | join(', ') ~ ', which the contract of '
            ~ model.name ~ ' requires. It has: ' ~ found.columns.values() | map(attribute='name') | join(', ')
            ~ '. Rename a column in the file, or put a .sql file in its place that selects the columns under these names.') -%}
    {%- endif -%}
    {%- set selected = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do selected.append(landed(column, found.columns.get(column.name)) ~ ' as ' ~ column.name) -%}
    {%- endfor -%}

    {%- if file and file.endswith('.csv') -%}
        {%- set rejects = 'rejects_of_' ~ model.name -%}
        {%- call statement('main') -%}
            create table {{ this }} as
            select {{ selected | join(', ') }}, cast(null as varchar) as _unreadable_line
            from {{ csv_reader(file, found.width, "store_rejects = true, rejects_table = '" ~ rejects ~ "', rejects_scan = '" ~ rejects ~ "_scan'") }}
        {%- endcall -%}
        {# A quote that is never closed takes the lines after it with it: each of them is a row that was not read. #}
        {%- do run_query(
            'insert into ' ~ this ~ ' (_unreadable_line)'
            ~ " select concat('line ', line, case when position > 1 then concat(' + ', position - 1) end, ', ', reason, ': ', lines[position])"
            ~ ' from (select *, unnest(range(1, len(lines) + 1)) as position from ('
            ~ "select line, lower(min(error_type::varchar)) as reason, string_split(rtrim(coalesce(max(csv_line), ''), chr(10) || chr(13)), chr(10)) as lines"
            ~ ' from ' ~ rejects ~ ' group by line))'
        ) -%}
        {%- do run_query('drop table ' ~ rejects) -%}
        {%- do run_query('drop table ' ~ rejects ~ '_scan') -%}
        {{ return('table') }}
    {%- endif -%}

    {%- call statement('main') -%}
        create view {{ this }} as
        select {{ selected | join(', ') }}, cast(null as varchar) as _unreadable_line
        from {{ found.reader if file else '(select 1) where false' }}
    {%- endcall -%}
    {{ return('view') }}
{% endmacro %}


{# The contract's columns that a file lacks: those it must have, and those it may lack. #}
{% macro missing_columns(seed, present) %}
    {%- set missing = {'required': [], 'optional': []} -%}
    {%- for column in seed.columns.values() if column.name not in present -%}
        {%- set meta = column.config.meta -%}
        {%- set may_lack = meta.optional or 'default' in meta or 'default_var' in meta -%}
        {%- do missing['optional' if may_lack else 'required'].append(column.name) -%}
    {%- endfor -%}
    {{ return(missing) }}
{% endmacro %}


{# A raw column as it is landed: text as it came (blank text in a column that is not text is missing), values of a
   type that fits the contract as they are, anything else as text, so that staging can say what is wrong with it. #}
{% macro landed(column, found) -%}
    {%- set fitting = {
        'timestamp': ['TIMESTAMP', 'DATE'], 'date': ['DATE', 'TIMESTAMP'], 'boolean': ['BOOLEAN'],
        'bigint': ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'HUGEINT'],
    } -%}
    {%- set numbers = fitting.bigint + ['DECIMAL', 'DOUBLE', 'FLOAT'] -%}
    {%- if not found -%}
    cast(null as varchar)
    {%- elif column.data_type == 'varchar' -%}
    cast({{ found.source }} as varchar)
    {%- elif column.data_type == 'json' and found.type not in ('VARCHAR', 'JSON') -%}
    cast(to_json({{ found.source }}) as varchar)
    {%- elif found.type.split('(')[0].split(' ')[0] in fitting.get(column.data_type, numbers) -%}
    {{ found.source }}
    {%- else -%}
    nullif(trim(cast({{ found.source }} as varchar)), '')
    {%- endif -%}
{%- endmacro %}


{# Lands a reference table, typed by the data_type of its columns. #}
{% macro land_reference(file) %}
    {%- set found = columns_in(file) if file else {'columns': {}, 'reader': '(select 1) where false'} -%}
    {%- set problem = found.problem or (reading_error('select * from ' ~ found.reader) if file) -%}
    {%- if problem -%}{%- do stop(problem if found.problem else file ~ ' cannot be read: ' ~ problem) -%}{%- endif -%}
    {%- set selected = [] -%}
    {%- for column in model.columns.values() -%}
        {%- if file and column.name not in found.columns -%}
            {%- do stop(file ~ ' lacks the column ' ~ column.name ~ '. The columns of ' ~ model.name ~ ' are: '
                ~ model.columns | join(', ') ~ '. It has: ' ~ found.columns.values() | map(attribute='name') | join(', ') ~ '.') -%}
        {%- endif -%}
        {%- set source = found.columns[column.name].source if file else 'null' -%}
        {%- if file -%}
            {%- set bad_values = run_query('select cast(' ~ source ~ ' as varchar) from ' ~ found.reader ~ ' where ' ~ source
                ~ ' is not null and try_cast(' ~ source ~ ' as ' ~ column.data_type ~ ') is null limit 1').columns[0].values() -%}
            {%- if bad_values -%}
                {%- do stop(file ~ ', column ' ~ column.name ~ ": '" ~ bad_values[0] ~ "' is not a " ~ column.data_type ~ '. Correct the value.') -%}
            {%- endif -%}
        {%- endif -%}
        {%- do selected.append('cast(' ~ source ~ ' as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {%- call statement('main') -%}
        create table {{ this }} as
        select {{ selected | join(', ') }} from {{ found.reader }}
    {%- endcall -%}
    {{ return('table') }}
{% endmacro %}


{# What is in a file, without reading it whole: {columns: name in lower case -> {name, source, type}, width, reader},
   or {problem: why it cannot be read and what to do}. #}
{% macro columns_in(file) %}
    {{ return(csv_columns(file) if file.endswith('.csv') else described_columns(file)) }}
{% endmacro %}


{# A CSV's columns, by its header. #}
{% macro csv_columns(file) %}
    {%- set names = run_query('select unnest(header_of(' ~ quoted(file) ~ '))').columns[0].values() -%}
    {%- if names | length == 1 and not names[0] -%}
        {{ return({'columns': {}, 'problem': file ~ ' is empty, it has no header. Write the names of the columns in its first line, or take the file out of the folder.'}) }}
    {%- elif '\x00' in names | join -%}
        {{ return({'columns': {}, 'problem': file ~ ' is not UTF-8 text (it looks like UTF-16). Save it as CSV in UTF-8.'}) }}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- set twice = [] -%}
    {%- for name in names if name -%}
        {%- do twice.append(name) if name | lower in columns -%}
        {%- do columns.update({name | lower: {'name': name, 'source': 'column_' ~ (names.index(name) + 1), 'type': 'VARCHAR'}}) -%}
    {%- endfor -%}
    {%- set reader = csv_reader(file, names | length, 'store_rejects = false') -%}
    {%- set found = {'columns': columns, 'width': names | length, 'reader': reader} -%}
    {%- set error = reading_error('select 1 from ' ~ csv_reader(file, names | length, 'ignore_errors = true') ~ ' limit 1') -%}
    {%- if twice -%}
        {%- do found.update({'problem': file ~ ' has the column ' ~ twice | join(', ') ~ ' twice. Rename or remove one of the two.'}) -%}
    {%- elif error -%}
        {%- do found.update({'problem': file ~ ' cannot be read as CSV: ' ~ error
            ~ ' Save it again as CSV in UTF-8, with commas, double quotes around text that holds them, and one kind of line end.'}) -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{# The columns of a Parquet file, or of the select in a .sql file. #}
{% macro described_columns(file) %}
    {%- if file.endswith('.parquet') -%}
        {%- set reader = 'read_parquet(' ~ quoted(file) ~ ')' -%}
        {%- set advice = 'Write the file again as Parquet.' -%}
    {%- else -%}
        {%- set text = run_query('select cast(decode(content) as varchar) from read_blob(' ~ quoted(file) ~ ')').columns[0].values()[0] or '' -%}
        {%- set reader = '(\n' ~ modules.re.sub(';\\s*(--[^\n]*\\s*)*$', '', text) ~ '\n)' -%}
        {%- set advice = 'It must hold one select, over tables and files that DuckDB can read from the folder of the project.' -%}
    {%- endif -%}
    {%- set error = reading_error('select * from (select * from ' ~ reader ~ ') limit 0') -%}
    {%- if error -%}
        {{ return({'columns': {}, 'problem': file ~ ' cannot be read: ' ~ error ~ ' ' ~ advice}) }}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- for row in run_query('select column_name, column_type from (describe select * from ' ~ reader ~ ')') -%}
        {%- do columns.update({row[0] | lower: {'name': row[0], 'source': '"' ~ row[0] | replace('"', '""') ~ '"', 'type': row[1]}}) -%}
    {%- endfor -%}
    {{ return({'columns': columns, 'reader': reader}) }}
{% endmacro %}


{# A CSV whose columns go by their place. #}
{% macro csv_reader(file, width, option) %}
    {%- set columns = [] -%}
    {%- for place in range(1, width + 1) -%}
        {%- do columns.append("'column_" ~ place ~ "': 'VARCHAR'") -%}
    {%- endfor -%}
    {{ return('read_csv(' ~ quoted(file) ~ ", header = true, delim = ',', quote = '\"', escape = '\"', auto_detect = false, " ~ option
        ~ ', columns = {' ~ columns | join(', ') ~ '})') }}
{% endmacro %}


{# What keeps DuckDB from running a select; empty when nothing does. #}
{% macro reading_error(select) %}
    {{ return(run_query('select reading_error(' ~ quoted(select) ~ ')').columns[0].values()[0]) }}
{% endmacro %}


{% macro quoted(text) %}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{% endmacro %}


{% macro stop(message) %}
    {{ exceptions.raise_compiler_error(message) }}
{% endmacro %}
