{% macro doctor() %}
    {%- set folder = env_var('GROUNDWORK_RAW', '') -%}
    {%- set out = [] -%}
    {%- set raw_seeds = [] -%}
    {%- for system, tables in raw_tables().items() -%}{%- for table in tables -%}
        {%- do raw_seeds.append(contract(system, table)) -%}
    {%- endfor -%}{%- endfor -%}

    {%- do out.append('\nRaw data: ' ~ ('the folder ' ~ folder if folder else 'the demo company (set GROUNDWORK_RAW=<folder> for your own)')) -%}
    {%- set seen = examine(folder, raw_seeds) -%}
    {%- do tell_files(seen, out) -%}
    {%- do tell_last_build(out) -%}
    {%- do print(out | join('\n') ~ '\n') -%}
{% endmacro %}


{# Looks at every file: {found, missing, problems, unused}. #}
{% macro examine(folder, raw_seeds) %}
    {%- set seen = {'found': [], 'missing': [], 'problems': [], 'unused': []} -%}
    {%- set used = [] -%}
    {%- if pattern_in(folder) -%}
        {%- do seen.problems.append(pattern_in(folder)) -%}
        {{ return(seen) }}
    {%- endif -%}
    {%- for seed in raw_seeds -%}
        {%- set name = seed.name | replace('raw_', '', 1) -%}
        {%- set files = files_named(folder, name) if folder else [seed.original_file_path] -%}
        {%- do used.extend(files) -%}
        {%- if files | length > 1 -%}
            {%- do seen.problems.append(name ~ ' is in the folder more than once: ' ~ files | join(', ') ~ '. Keep one of them.') -%}
        {%- elif not files and seed.config.meta.get('required') -%}
            {%- do seen.problems.append('There is no ' ~ name ~ '.csv, .parquet or .sql, and it is needed.') -%}
        {%- elif not files -%}
            {%- do seen.missing.append({'name': name, 'cost': seed.config.meta.get('without_it', '')}) -%}
        {%- else -%}
            {%- do examine_file(seed, name, files[0], seen) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if folder -%}
        {%- set references = graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | map(attribute='name') | list -%}
        {%- for file in files_named(folder, '*') if file not in used -%}
            {%- set name = file.split('/')[-1].rsplit('.', 1)[0] -%}
            {%- do seen.unused.append(file) if not (name.startswith('reference__') and name[11:] in references) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(seen) }}
{% endmacro %}


{# Adds what one file is to what was seen. #}
{% macro examine_file(seed, name, file, seen) %}
    {%- set content = columns_in(file) -%}
    {%- if content.problem -%}
        {%- do seen.problems.append(content.problem) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set missing = missing_columns(seed, content.columns) -%}
    {%- set ignored = [] -%}
    {%- for column in content.columns.values() if column.name | lower not in seed.columns -%}
        {%- do ignored.append(column.name) -%}
    {%- endfor -%}
    {%- if missing.required -%}
        {%- do seen.problems.append(file ~ ' lacks the column ' ~ missing.required | join(', ')
            ~ '. It has: ' ~ content.columns.values() | map(attribute='name') | join(', ') ~ '.') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set counted = 'select count(*) from ' ~ (csv_reader(file, content.width, 'ignore_errors = true') if file.endswith('.csv') else content.reader) -%}
    {%- set error = reading_error(counted) -%}
    {%- if error -%}
        {%- do seen.problems.append(file ~ ' cannot be read: ' ~ error) -%}
    {%- else -%}
        {%- do seen.found.append({
            'name': name, 'file': file, 'rows': run_query(counted).columns[0].values()[0],
            'ignored': ignored, 'lacking': missing.optional,
        }) -%}
    {%- endif -%}
{% endmacro %}


{% macro tell_files(seen, out) %}
    {%- if seen.problems -%}
        {%- do out.append('\nThis stops a build') -%}
        {%- for problem in seen.problems -%}{%- do out.append('  ' ~ problem) -%}{%- endfor -%}
    {%- endif -%}

    {%- do out.append('\nFound' ~ ('' if seen.found else ': nothing')) -%}
    {%- for table in seen.found -%}
        {%- do out.append('  %-28s %12s rows   %s' | format(table.name, '{:,}'.format(table.rows), table.file.split('/')[-1])) -%}
        {%- if table.rows == 0 -%}{%- do out.append('      it has no rows that can be read') -%}{%- endif -%}
        {%- if table.ignored -%}{%- do out.append('      not in the contract, ignored: ' ~ table.ignored | join(', ')) -%}{%- endif -%}
        {%- if table.lacking -%}{%- do out.append('      lacks, and may: ' ~ table.lacking | join(', ')) -%}{%- endif -%}
    {%- endfor -%}

    {%- if seen.missing -%}
        {%- do out.append('\nMissing, and what that costs') -%}
        {%- for table in seen.missing -%}{%- do out.append('  %-28s %s' | format(table.name, table.cost)) -%}{%- endfor -%}
    {%- endif -%}

    {%- if seen.unused -%}
        {%- do out.append('\nIn the folder, but no raw or reference table is called so') -%}
        {%- for file in seen.unused -%}{%- do out.append('  ' ~ file.split('/')[-1]) -%}{%- endfor -%}
        {%- do out.append('  The names are <system>__<table>.csv, .parquet or .sql, as listed above, and reference__<seed>.csv.') -%}
    {%- endif -%}
{% endmacro %}


{# What the last build made of the data, as far as it got. #}
{% macro tell_last_build(out) %}
    {%- if not relation_of('vault', 'rejected_rows') or not relation_of('vault', 'raw_row_fates') -%}
        {%- do out.append('\nThere is no build yet that says which rows are rejected: make build.') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set as_of = relation_of('staging', 'as_of') -%}
    {%- if as_of -%}
        {%- set row = run_query('select cast(as_of_date as varchar), decided_by from ' ~ as_of).rows[0] -%}
        {%- do out.append('\nThe last build, as of ' ~ row[0] ~ ' (' ~ row[1] ~ ')') -%}
    {%- endif -%}
    {%- do tell_fates(out) -%}
    {%- do tell_rates(out) -%}
    {%- do tell_rejected(out) -%}
    {%- do tell_orphans(out) -%}
    {%- do tell_tracking_plan(out) -%}
{% endmacro %}


{% macro relation_of(schema, name) %}
    {{ return(adapter.get_relation(target.database, schema, name)) }}
{% endmacro %}


{% macro tell_fates(out) %}
    {%- set fates = run_query('select fate, sum(row_count) from ' ~ relation_of('vault', 'raw_row_fates') ~ ' group by fate order by 2 desc') -%}
    {%- set parts = [] -%}
    {%- for fate in fates -%}{%- do parts.append('{:,}'.format(fate[1] | int) ~ ' ' ~ fate[0]) -%}{%- endfor -%}
    {%- do out.append('  Raw rows: ' ~ (parts | join(', ') if parts else 'none')) -%}
{% endmacro %}


{% macro tell_rates(out) %}
    {%- set own, known = relation_of('staging', 'stg_finance__exchange_rates'), relation_of('staging', 'known_rates') -%}
    {%- if own and known and not run_query('select 1 from ' ~ own ~ ' limit 1').rows | length -%}
        {%- do out.append('  Exchange rates: none of finance, so the rounded ones of seeds/reference/fixed_rates.csv (or reference__fixed_rates.csv)') -%}
    {%- endif -%}
{% endmacro %}


{# Values of personal columns are not shown. #}
{% macro tell_rejected(out) %}
    {%- set personal = ["'_unreadable_line'"] -%}
    {%- for system, tables in raw_tables().items() -%}{%- for table in tables -%}
        {%- for column in contract(system, table).columns.values() if column.config.meta.get('pii') -%}
            {%- do personal.append("'" ~ column.name ~ "'") -%}
        {%- endfor -%}
    {%- endfor -%}{%- endfor -%}
    {%- set reasons = run_query("
        select
            source_system || '__' || table_name as raw_table,
            count(*) as row_count,
            coalesce(column_name || ' ', '') || reason as what,
            coalesce(min_by(case
                when column_name is null then split_part(" ~ json_value('raw_row', "'_unreadable_line'") ~ ", ':', 1)
                when column_name in (" ~ personal | join(', ') ~ ") then 'the row ' || coalesce(row_key, '(no key)')
                else coalesce('''' || " ~ json_value('raw_row', 'column_name') ~ " || ''' in ', '') || 'the row ' || coalesce(row_key, '(no key)')
            end, coalesce(row_key, '')), '') as example
        from " ~ relation_of('vault', 'rejected_rows') ~ '
        group by all
        order by raw_table, row_count desc, what'
    ) -%}
    {%- do out.append('\n  Rejected (all of them are in vault.rejected_rows)' ~ ('' if reasons | length else ': none')) -%}
    {%- for row in reasons -%}
        {%- do out.append('    %-28s %8s   %s: %s' | format(row[0], '{:,}'.format(row[1] | int), row[2], row[3])) -%}
    {%- endfor -%}
{% endmacro %}


{% macro tell_orphans(out) %}
    {%- set relation = relation_of('vault', 'orphaned_rows') -%}
    {%- if relation -%}
        {%- set orphans = run_query("
            select source_system || '__' || table_name, count(*), column_name, parent_table, min(missing_key)
            from " ~ relation ~ ' group by all order by 1, 3'
        ) -%}
        {%- do out.append('\n  Rows whose parent is not there (kept, and listed in vault.orphaned_rows)' ~ ('' if orphans | length else ': none')) -%}
        {%- for row in orphans -%}
            {%- do out.append('    %-28s %8s   %s is not in %s, for example %s' | format(row[0], '{:,}'.format(row[1] | int), row[2], row[3], row[4])) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{% macro tell_tracking_plan(out) %}
    {%- set plan = relation_of('reference', 'tracking_plan') -%}
    {%- set events = relation_of('staging', 'stg_events__events') -%}
    {%- if plan and events -%}
        {%- set gaps = run_query("
            select coalesce(sent.event_name, planned.event_name), sent.event_count
            from (select event_name, count(*) as event_count from " ~ events ~ ' group by event_name) as sent
            full join (select distinct event_name from ' ~ plan ~ ') as planned on sent.event_name = planned.event_name
            where sent.event_name is null or planned.event_name is null
            order by 2 desc nulls last, 1'
        ) -%}
        {%- do out.append('\n  Tracking plan (seeds/reference/tracking_plan.csv, or reference__tracking_plan.csv in your folder)' ~ ('' if gaps | length else ': kept')) -%}
        {%- for row in gaps -%}
            {%- do out.append('    %-28s %8s   %s' | format(row[0], '{:,}'.format(row[1] | int), 'events that are not in the plan') if row[1]
                else '    %-28s %8s   %s' | format(row[0], '0', 'events, though it is planned')) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
