{# What dbt did, kept in platform.runs, run_nodes and run_tests. They are models, so that they have a contract, docs and
   readers, but their own SQL adds no row: a hook writes each run down when it begins, and what came of it when it ends. A
   run that was killed has begun and never ended; the next run finds it and says so. #}

{% macro begin_run() %}
    {%- if execute and 'runs' in run_tables() %}
        {%- for table in run_tables().values() %}{% do make_run_table(table) %}{% endfor %}
        {%- set runs = run_relation('runs') %}
        {%- do run_and_commit('update ' ~ runs ~ " set status = 'killed' where status = 'running'") %}
        {%- set arguments = invocation_args_dict %}
        {%- set project = project_texts() %}
        {%- set chosen = [] %}
        {%- for name in ('select', 'exclude', 'selector', 'resource_types', 'exclude_resource_types') if arguments.get(name) %}
            {%- do chosen.append(name) %}
        {%- endfor %}
        {%- set row = {
            'invocation_id': invocation_id,
            'command': flags.WHICH,
            'target_name': target.name,
            'status': 'running',
            'project_version': project.version,
            'code_hash': code_hash(project.hash, arguments.get('vars') or {}),
            'is_whole': flags.WHICH == 'build' and not chosen,
            'is_full_refresh': flags.FULL_REFRESH | default(false, true),
            'is_empty': flags.EMPTY | default(false, true),
            'schedule_run': env_var('GROUNDWORK_SCHEDULE_RUN', '') or none,
            'step': env_var('GROUNDWORK_STEP', '') or none,
            'started_at': run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f'),
        } %}
        {%- do run_and_commit(insert_rows(graph.nodes[run_tables().runs], [row])) %}
    {%- endif %}
{% endmacro %}


{% macro end_run(results) %}
    {%- if execute and 'runs' in run_tables() %}
        {%- set nodes, tests, failed = [], [], [] %}
        {%- for result in results %}
            {%- set node = result.node %}
            {%- set status = result.status | string %}
            {%- if status in ('error', 'fail', 'runtime error', 'partial success') %}{% do failed.append(1) %}{% endif %}
            {%- set kept = {
                'invocation_id': invocation_id,
                'node_id': node.unique_id,
                'status': status,
                'message': none if status in ('success', 'pass', 'skipped') else result.message,
                'compiled_hash': local_md5(node.compiled_code)[:16] if node.compiled_code else none,
                'seconds': result.execution_time,
            } %}
            {%- if node.resource_type in ('test', 'unit_test') %}
                {%- set tested = node.attached_node or (node.depends_on.nodes | first) %}
                {%- do kept.update({
                    'test_name': node.name,
                    'test_kind': 'data' if node.resource_type == 'test' else 'unit',
                    'tested_node_id': tested,
                    'tested_node_name': tested.split('.')[2] if tested else none,
                    'failures': result.failures,
                }) %}
                {%- do tests.append(kept) %}
            {%- elif node.resource_type in ('model', 'seed', 'snapshot') %}
                {%- do kept.update({
                    'node_name': node.name,
                    'kind': node.resource_type | string,
                    'materialized': node.config.materialized,
                    'schema_name': node.schema,
                    'table_name': node.alias,
                }) %}
                {%- do nodes.append(kept) %}
            {%- endif %}
        {%- endfor %}
        {%- set known = graph.nodes %}
        {%- if nodes %}{% do run_and_commit(insert_rows(known[run_tables().run_nodes], nodes)) %}{% endif %}
        {%- if tests %}{% do run_and_commit(insert_rows(known[run_tables().run_tests], tests)) %}{% endif %}
        {#- A database that was never loaded has no settings, and dbt does not know a table that a hook has made. -#}
        {%- set settings = run_query(
            "select 1 from information_schema.tables where table_catalog = '" ~ as_of().database
            ~ "' and table_schema = 'staging' and table_name = 'as_of'"
        ).rows %}
        {%- do run_and_commit(
            'update ' ~ run_relation('runs') ~ " set status = '" ~ ('failed' if failed else 'succeeded') ~ "'"
            ~ ", finished_at = '" ~ modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f') ~ "'"
            ~ (', as_of_date = (select as_of_date from ' ~ as_of() ~ '), known_until = (select known_until from '
                ~ as_of() ~ '), data_hash = ' ~ data_hash() if settings else '')
            ~ ', node_count = ' ~ nodes | length ~ ', test_count = ' ~ tests | length
            ~ " where invocation_id = '" ~ invocation_id ~ "'"
        ) %}
        {%- do forget_old_runs() %}
    {%- endif %}
{% endmacro %}


{# The ids of the models whose rows the hooks write, by name; none where the area platform is switched off. #}
{% macro run_tables() %}
    {%- set found = {} %}
    {%- for name in ('runs', 'run_nodes', 'run_tests') %}
        {%- set id = 'model.' ~ project_name ~ '.' ~ name %}
        {%- if id in graph.nodes %}{% do found.update({name: id}) %}{% endif %}
    {%- endfor %}
    {{ return(found) }}
{% endmacro %}


{% macro run_relation(name) %}
    {%- set node = graph.nodes[run_tables()[name]] %}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias, type='table')) }}
{% endmacro %}


{# The table of a model as its contract says, made or completed. The first run, or one of a single test, comes before dbt
   has made it. #}
{% macro make_run_table(id) %}
    {%- set node = graph.nodes[id] %}
    {%- set relation = run_relation(node.name) %}
    {%- if load_cached_relation(relation) is none %}
        {%- set columns = [] %}
        {%- for column in node.columns.values() %}{% do columns.append(column.name ~ ' ' ~ column.data_type) %}{% endfor %}
        {%- do run_and_commit('create schema if not exists ' ~ relation.without_identifier()) %}
        {%- do run_and_commit('create table if not exists ' ~ relation ~ ' (' ~ columns | join(', ') ~ ')') %}
        {%- do adapter.cache_added(relation) %}
    {%- endif %}
    {%- set known = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
    {%- for column in node.columns.values() if column.name not in known %}
        {%- do run_and_commit('alter table ' ~ relation ~ ' add column ' ~ column.name ~ ' ' ~ column.data_type) %}
    {%- endfor %}
{% endmacro %}


{# An insert of rows, dictionaries by column, as one statement however many they are. #}
{% macro insert_rows(node, rows) %}
    {%- set text = quoted(tojson(rows)) %}
    {%- set columns, values = [], [] %}
    {%- for column in node.columns.values() if column.name in rows[0] or column.name in ('row_count', 'run_date') %}
        {%- do columns.append(column.name) %}
        {%- if column.name == 'row_count' %}
            {%- do values.append('sizes.row_count') %}
        {%- elif column.name == 'run_date' %}
            {%- do values.append(reporting_date(run_moment())) %}
        {%- elif column.name == 'message' %}
            {%- do values.append(without_secrets("(entry ->> 'message')")) %}
        {%- else %}
            {%- do values.append("cast((entry ->> '" ~ column.name ~ "') as " ~ column.data_type ~ ')') %}
        {%- endif %}
    {%- endfor %}
    {{ return(
        'insert into ' ~ run_relation(node.name) ~ ' (' ~ columns | join(', ') ~ ') select ' ~ values | join(', ')
        ~ ' from (select unnest(from_json(' ~ text ~ ", '[\"json\"]')) as entry) as entries"
        ~ (' left join ' ~ table_sizes(node.database) ~ " as sizes on (entry ->> 'schema_name') = sizes.schema_name"
            ~ " and (entry ->> 'table_name') = sizes.table_name" if 'row_count' in columns else '')
    ) }}
{% endmacro %}


{# A message of an error, short and without what may be personal: quoted values, keys, addresses, and where files lie. #}
{% macro without_secrets(message) %}
    {%- set text = namespace(sql=message) %}
    {%- for pattern, instead in (
        ('(?s)\\n\\s*(LINE \\d+:|compiled code at|\\^).*', ''),
        ("'[^'\\n]*'", '…'),
        ('"[^"\\n]*:[^"\\n]*"', '…'),
        ('[^\\s@]+@[^\\s@]+\\.[^\\s@]+', '…'),
        ('(^|[\\s(=,])(~|[A-Za-z]:)?[\\\\/][^\\s,;:)]*', '\\1…'),
        ('\\s+', ' '),
    ) %}
        {%- set text.sql = 'regexp_replace(' ~ text.sql ~ ', ' ~ quoted(pattern) ~ ', ' ~ quoted(instead) ~ ", 'g')" %}
    {%- endfor %}
    {{ return('nullif(left(trim(' ~ text.sql ~ "), 300), '')") }}
{% endmacro %}


{# The version of the project, and a hash of what is code in it beside its models and tests. #}
{% macro project_texts() %}
    {%- set folder = (invocation_args_dict.get('project_dir') or '.') ~ '/' %}
    {%- set files = [] %}
    {%- for name in ('dbt_project.yml', 'vars.yml', 'macros/*.sql', 'plugins/*.py') %}
        {%- do files.append(quoted(folder ~ name)) %}
    {%- endfor %}
    {%- set row = run_query(
        "select max(case when parse_filename(filename) = 'dbt_project.yml' then content end),"
        ' md5(string_agg(content, chr(10) order by parse_filename(filename))) from read_text([' ~ files | join(', ') ~ '])'
    ).rows[0] %}
    {{ return({'version': fromyaml(row[0]).version | string, 'hash': row[1]}) }}
{% endmacro %}


{# A hash of all that decides what a build makes of its data: models, tests, macros, plugins and vars. #}
{% macro code_hash(texts, given_vars) %}
    {%- set parts = [texts, 'areas=' ~ var('areas')] %}
    {#- as_of and known_until decide which data counts: the hash of the data has them. -#}
    {%- for name, value in given_vars.items() if name not in ('as_of', 'known_until') %}
        {%- do parts.append(name ~ '=' ~ value) %}
    {%- endfor %}
    {%- for id, node in graph.nodes.items() if node.resource_type != 'seed' %}
        {%- do parts.append(id ~ node.checksum.checksum) %}
    {%- endfor %}
    {{ return(local_md5(parts | sort | join('\n'))[:16]) }}
{% endmacro %}


{# A hash of what was landed and of the settings of the run, as SQL: with another one the data is another. #}
{% macro data_hash() %}
    {{ return(
        "(select left(md5(concat_ws('|', (select string_agg(concat_ws(' ', table_name, fingerprint, problem), '|' order by"
        ' table_name) from ' ~ landed_files() ~ '), (select concat_ws(\' \', as_of_date, known_until, first_day) from '
        ~ as_of() ~ '))), 16))'
    ) }}
{% endmacro %}


{# Only so many runs are kept; a few more before they are taken out, so that it is not done at each run. #}
{% macro forget_old_runs() %}
    {%- set kept = var('kept_runs') | int %}
    {%- set runs = run_relation('runs') %}
    {%- if run_query('select count(*) from ' ~ runs).rows[0][0] > kept * 1.05 %}
        {%- set newest = '(select invocation_id from ' ~ runs ~ ' order by started_at desc, invocation_id limit ' ~ kept ~ ')' %}
        {%- for name in ('run_tests', 'run_nodes', 'runs') %}
            {%- do run_and_commit('delete from ' ~ run_relation(name) ~ ' where invocation_id not in ' ~ newest) %}
        {%- endfor %}
    {%- endif %}
{% endmacro %}
