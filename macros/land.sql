{# How files become tables. A run that lands any seed first looks at every file: one that has changed since it was
   landed (size, time, hash of its head), or whose contract has, is landed again. What was landed is written to
   raw.landed_files and raw.landed_days, and the settings of the run follow from it before any model runs. #}

{% macro land_files() %}
    {%- if execute and flags.WHICH in ('build', 'seed', 'run') -%}
        {%- set seeds = seeds_of_the_project() if lands_seeds() else [] -%}
        {%- if seeds -%}{%- do stop_at_no_facts(seeds) -%}{%- endif -%}
        {%- do make_list_of_landed_files() -%}
        {%- do settle_settings() -%}
        {%- set unchanged = unchanged_since_landed(seeds, fingerprints_of_landed_files()) -%}
        {%- set changed = seeds | map(attribute='name') | reject('in', unchanged) | list -%}
        {#- Who is erased follows from all raw rows: those that were taken out are looked at again beside new ones. -#}
        {%- do changed.extend(tables_with_erased_rows() if ' raw_' in ' ' ~ changed | join(' ') else []) -%}
        {%- for seed in seeds if seed.name in changed -%}
            {%- do land_file(seed) -%}
        {%- endfor -%}
        {%- do erase_persons() -%}
        {%- do settle_as_of() -%}
    {%- endif -%}
{% endmacro %}


{# A folder that does not exist, or without any table of facts, would be an empty warehouse. #}
{% macro stop_at_no_facts(seeds) %}
    {%- set facts = [] -%}
    {%- for seed in seeds if seed.name.startswith('raw_') and fact_column(seed) -%}{%- do facts.append(quoted(seed.name)) -%}{%- endfor -%}
    {%- set problem = run_query('select folder_problem(' ~ quoted(env_var('GROUNDWORK_RAW', '')) ~ ', [' ~ facts | join(', ') ~ '])').rows[0][0] -%}
    {%- if problem -%}{%- do stop(problem) -%}{%- endif -%}
{% endmacro %}


{% macro lands_seeds() %}
    {%- set chosen = [] -%}
    {%- for name in selected_resources if name.startswith('seed.') -%}{%- do chosen.append(name) -%}{%- endfor -%}
    {{ return(chosen | length > 0) }}
{% endmacro %}


{% macro seeds_of_the_project() %}
    {{ return(graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'seed')
        | selectattr('package_name', 'equalto', project_name)
        | sort(attribute='name') | list) }}
{% endmacro %}


{% macro landed_files() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='landed_files')) }}
{% endmacro %}


{# One row per raw table, day of facts (empty: the day is not known or not plausible, or the table holds no facts) and day of
   loading (empty: the loader did not say). #}
{% macro landed_days() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='landed_days')) }}
{% endmacro %}


{# One row per assumption about a landed file or one of its columns, as plugins/landing.py made it. #}
{% macro landed_assumptions() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='landed_assumptions')) }}
{% endmacro %}


{# One row per seed: what was landed last, or what is wrong with its file. Timestamps are those up to the moment of the
   run; `looked_until` is the first beyond it, from when on the file must be looked at again. #}
{% macro make_list_of_landed_files() %}
    {%- for schema in ('raw', 'staging') -%}
        {%- do run_query('create schema if not exists ' ~ api.Relation.create(database=target.database, schema=schema).without_identifier()) -%}
    {%- endfor -%}
    {#- As an earlier version of the project wrote it. -#}
    {%- if run_query("select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'landed_days'").rows
            and not run_query("select 1 from information_schema.columns where table_schema = 'raw'"
            " and table_name = 'landed_days' and column_name = 'load_day'").rows -%}
        {%- for list in (landed_files(), landed_days()) -%}{%- do run_query('drop table if exists ' ~ list) -%}{%- endfor -%}
    {%- endif -%}
    {%- do run_query('create table if not exists ' ~ landed_files() ~ ' (
        table_name varchar,
        file varchar,
        relation_type varchar,
        fingerprint varchar,
        problem varchar,
        row_count bigint,
        first_load_at timestamp,
        last_load_at timestamp,
        last_arrival_at timestamp,
        looked_until timestamp
    )') -%}
    {%- do run_query('create table if not exists ' ~ landed_assumptions() ~ ' (
        table_name varchar,
        assumption_number integer,
        file varchar,
        column_name varchar,
        assumption varchar,
        value_before varchar,
        value_after varchar,
        value_count bigint
    )') -%}
    {%- do run_query('create table if not exists ' ~ erased_rows() ~ ' (
        table_name varchar,
        row_status varchar,
        person varchar,
        arrival_date date,
        row_count bigint
    )') -%}
    {%- do run_query('create table if not exists ' ~ landed_days() ~ ' (
        table_name varchar,
        fact_day date,
        load_day date,
        row_count bigint,
        first_day date,
        first_load_at timestamp,
        last_load_at timestamp,
        last_arrival_at timestamp,
        looked_until timestamp
    )') -%}
{% endmacro %}


{% macro fingerprints_of_landed_files() %}
    {%- set known = {} -%}
    {%- for row in run_query('select table_name, fingerprint from ' ~ landed_files()
        ~ ' where problem is null and fingerprint is not null and coalesce(looked_until > ' ~ run_moment() ~ ', true)') -%}
        {%- do known.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {{ return({} if flags.FULL_REFRESH else known) }}
{% endmacro %}


{# What plugins/landing.py must know of a seed. #}
{% macro as_landing_table(seed) %}
    {%- set columns = {} -%}
    {%- for column in seed.columns.values() | list + ([deleted_column()] if seed.name.startswith('raw_') else []) -%}
        {%- set meta = column.config.meta -%}
        {%- set may_lack = true if meta.optional or 'default' in meta or 'default_var' in meta else false -%}
        {%- do columns.update({column.name: {
            'data_type': column.data_type,
            'may_lack': may_lack,
            'may_be_empty': true if may_lack or meta.may_be_empty else false,
            'accepted': meta.accepted or [],
            'is_personal': true if meta.pii else false,
        }}) -%}
    {%- endfor -%}
    {{ return({
        'name': seed.name,
        'is_raw': seed.name.startswith('raw_'),
        'is_demo_only': seed.config.meta.demo | default(false, true),
        'default_file': adapter.get_seed_file_path(seed),
        'columns': columns,
        'keys': seed.config.meta.get('keys') or [],
        'settings': [var('source_timezone'), var('reporting_timezone'), fact_column(seed) or '', var('first_plausible_day'), var('as_of') | string if is_as_of_ahead() else '', var('erasure_keeps') | join(' ')],
    }) }}
{% endmacro %}


{# The names of the seeds whose file and contract are as they were landed; asked for all of them at once. #}
{% macro unchanged_since_landed(seeds, known) %}
    {%- set requests = [] -%}
    {%- for seed in seeds if seed.name in known -%}
        {%- do requests.append({'table': as_landing_table(seed), 'known': known[seed.name]}) -%}
    {%- endfor -%}
    {%- set asked = tojson({'folder': env_var('GROUNDWORK_RAW', ''), 'requests': requests}) -%}
    {{ return(fromjson(run_query('select unchanged_tables(' ~ quoted(asked) ~ ')').columns[0].values()[0]) if requests else []) }}
{% endmacro %}


{% macro land_file(seed) %}
    {%- set relation = api.Relation.create(database=target.database, schema=seed.schema, identifier=seed.name) -%}
    {%- set request = tojson({
        'table': as_landing_table(seed),
        'relation': relation | string,
        'folder': env_var('GROUNDWORK_RAW', ''),
    }) -%}
    {%- set plan = fromjson(run_query('select landing_plan(' ~ quoted(request) ~ ')').columns[0].values()[0]) -%}
    {%- if plan.is_of_the_folder -%}{%- do stop(plan.problem) -%}{%- endif -%}
    {#- Forgotten first, so that a file whose landing is interrupted is landed again. -#}
    {%- set forget = ['create schema if not exists ' ~ relation.without_identifier()] -%}
    {%- for list in (landed_files(), landed_days(), landed_assumptions(), erased_rows()) -%}
        {%- do forget.append('delete from ' ~ list ~ ' where table_name = ' ~ quoted(seed.name)) -%}
    {%- endfor -%}
    {%- do run_query(forget | join(';\n')) -%}
    {%- set land = [] -%}
    {%- if not plan.problem -%}
        {%- set old_relation = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
        {%- if old_relation -%}{%- do adapter.drop_relation(old_relation) -%}{%- endif -%}
        {%- do land.extend(plan.statements) -%}
        {%- if seed.name.startswith('raw_') -%}
            {%- do land.append('insert into ' ~ landed_days() ~ ' ' ~ days_of(seed, relation)) -%}
        {%- endif -%}
        {%- for each in plan.assumed or [] -%}
            {%- set told = [quoted(seed.name), loop.index] -%}
            {%- for key in ('file', 'column_name', 'assumption', 'value_before', 'value_after') -%}
                {%- do told.append(quoted(each[key]) if each[key] is not none else 'null') -%}
            {%- endfor -%}
            {%- do told.append(each.value_count if each.value_count is not none else 'null') -%}
            {%- do land.append('insert into ' ~ landed_assumptions() ~ ' values (' ~ told | join(', ') ~ ')') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do land.append('insert into ' ~ landed_files() ~ ' ' ~ landed_file(seed, plan)) -%}
    {%- do run_query(land | join(';\n')) -%}
{% endmacro %}


{# The row of raw.landed_files, as a select. #}
{% macro landed_file(seed, plan) %}
    select
        {{ quoted(seed.name) }},
        {{ quoted(plan.file) if plan.file else 'null' }},
        {{ quoted(plan.type) if plan.type else 'null' }},
        {{ quoted(plan.fingerprint) if plan.fingerprint else 'null' }},
        {{ quoted(plan.problem) if plan.problem else 'null' }},
        sum(row_count),
        min(first_load_at),
        max(last_load_at),
        max(last_arrival_at),
        min(looked_until)
    from {{ landed_days() }}
    where table_name = {{ quoted(seed.name) }}
{% endmacro %}


{# The rows of raw.landed_days, as a select. The day of a row is that of the newest thing it says happened: an order that
   was paid a day later is a fact of that day too. What lies after the moment of the run is not believed. #}
{% macro days_of(seed, relation) %}
    {%- set dated = plausible_columns(seed) -%}
    select
        {{ quoted(seed.name) }},
        {{ 'cast(null as date)' if seed.config.meta.is_dimension else "case when fact_day >= '" ~ var('first_plausible_day') ~ "' then fact_day end" }},
        case when loaded_at <= {{ believed_until() }} then {{ reporting_date('loaded_at') }} end,
        count(*),
        min(first_day),
        min(case when loaded_at <= {{ believed_until() }} then loaded_at end),
        max(case when loaded_at <= {{ believed_until() }} then loaded_at end),
        max(case when arrived_at <= {{ believed_until() }} then arrived_at end),
        least(min(case when loaded_at > {{ believed_until() }} then loaded_at end), min(next_at))
    from (
        select
            loaded_at,
            case when loaded_at is null then greatest(arrived_at, deleted_at) else arrived_at end as arrived_at,
            greatest({% for column in dated %}{{ column.name }}_day, {% endfor %}cast(null as date)) as fact_day,
            least({% for column in dated %}case when {{ column.name }}_day >= '{{ var("first_plausible_day") }}' then {{ column.name }}_day end, {% endfor %}cast(null as date)) as first_day,
            least({% for column in dated %}{{ column.name }}_next, {% endfor %}case when deleted_at > {{ believed_until() }} then deleted_at end) as next_at
        from (
            select
                loaded_at,
                arrived_at,
                deleted_at,
            {%- for column in dated %}
                {%- set name = column.name %}
                case when {{ name }}_given > {{ believed_until() }} then {{ name }}_given end as {{ name }}_next,
                case when {{ name }}_given <= {{ believed_until() }} then {{ name ~ '_given' if column.data_type == 'date' else reporting_date(name ~ '_given') }} end as {{ name }}_day,
            {%- endfor %}
            from (
                select
                    {{ typed(seed.columns['_loaded_at']) }} as loaded_at,
                    {{ arrival(seed) }} as arrived_at,
                    {{ typed(deleted_column()) }} as deleted_at,
                {%- for column in dated %}
                    {{ happened_at(seed, '') if column.name == fact_column(seed) else typed(column) }} as {{ column.name }}_given,
                {%- endfor %}
                from {{ relation }} as raw_rows
            )
        )
    )
    group by 2, 3
{% endmacro %}


{# No timestamp after the moment of the run is believed, unless as_of is. #}
{% macro believed_until() -%}
    {%- if is_as_of_ahead() -%}
    {{ first_moment_after("cast('" ~ var('as_of') ~ "' as date)") }}
    {%- else -%}
    {{ run_moment() }}
    {%- endif -%}
{%- endmacro %}


{% macro is_as_of_ahead() %}
    {{ return(var('as_of') | string > run_started_at.strftime('%Y-%m-%d')) }}
{% endmacro %}


{# The columns of a raw table that say when something happened: the calendar begins with the oldest of their days. #}
{% macro plausible_columns(seed) %}
    {%- set found = [] -%}
    {%- for column in seed.columns.values()
            if column.config.meta.past or column.name in (fact_column(seed), seed.config.meta.moment) -%}
        {%- do found.append(column) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# The settings of the run: one row with as_of_date, the last day whose facts count, known_until, the moment up to which
   arrivals count, what decided them, covered_date, the last day that the loads cover, first_day, the first day of the
   calendar, and metrics_from, the first day that metrics have. It is a table beside the models and no model: what reads it
   does not depend on every raw table. #}
{% macro as_of() -%}
    {{ return(api.Relation.create(database=target.database, schema='staging', identifier='as_of')) }}
{%- endmacro %}


{% macro settle_as_of() %}
    {%- do stop_at_no_day('as_of', '[0-9]{4}-[0-9]{2}-[0-9]{2}', 'date') -%}
    {%- do stop_at_no_day('known_until', '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+)?', 'timestamp') -%}
    {%- set old_relation = adapter.get_relation(target.database, 'staging', 'as_of') -%}
    {%- if old_relation and not old_relation.is_table -%}{%- do adapter.drop_relation(old_relation) -%}{%- endif -%}
    {%- do run_query('create or replace table ' ~ as_of() ~ ' as ' ~ settled_as_of()) -%}
    {%- do run_query('create or replace table ' ~ raw_coverage() ~ ' as ' ~ settled_coverage()) -%}
{% endmacro %}


{# How far each raw table is delivered, of the run: one row per table (app.orders), with is_delivered, whether there is a file
   of it, and covered_date, the last day that its own loads cover (empty: none can be named). A table beside the models, as
   as_of is. #}
{% macro raw_coverage() -%}
    {{ return(api.Relation.create(database=target.database, schema='staging', identifier='raw_coverage')) }}
{%- endmacro %}


{# The day before a table's newest load, as that one may go on; where the whole company was loaded on one day, that day. Without
   _loaded_at the newest of its facts; what holds no facts and was loaded once is complete. #}
{% macro settled_coverage() %}
with run as (
    select
        as_of_date,
        covered_date,
        {{ reporting_date('known_until') }} as known_date
    from {{ as_of() }}
),

days as (
    select
        substr(replace(landed_days.table_name, '__', '.'), 5) as raw_table,
        landed_days.load_day,
        case when landed_days.fact_day <= run.as_of_date then landed_days.fact_day end as fact_day
    from {{ landed_days() }} as landed_days
    cross join run
    where landed_days.load_day <= run.known_date or landed_days.load_day is null
),

companies as (
    select count(distinct load_day) > 1 as has_loads from days
),

tables as (
    select
        substr(replace(table_name, '__', '.'), 5) as raw_table,
        file is not null and problem is null as is_delivered
    from {{ landed_files() }}
    where table_name like 'raw\_%' escape '\'
),

loads as (
    select
        raw_table,
        min(load_day) as first_load_day,
        max(load_day) as last_load_day,
        max(fact_day) as last_fact_day
    from days
    group by raw_table
),

covered as (
    select
        tables.raw_table,
        tables.is_delivered,
        case
            when tables.raw_table in ('{{ tables_without_facts() | join("', '") }}')
                and loads.first_load_day is not distinct from loads.last_load_day
                then run.covered_date
            when loads.last_load_day is null or loads.last_fact_day > loads.last_load_day then loads.last_fact_day
            when companies.has_loads then cast({{ dbt.dateadd('day', -1, 'loads.last_load_day') }} as date)
            else run.covered_date
        end as own_date,
        run.covered_date as company_date
    from tables
    cross join run
    cross join companies
    left join loads on tables.raw_table = loads.raw_table
),

together as (
    {%- for name, job in jobs_that_load() %}
    select '{{ name }}' as raw_table, {{ job }} as job{{ ' union all' if not loop.last }}
    {%- endfor %}
)

select
    covered.raw_table,
    covered.is_delivered,
    least(covered.company_date, max(case when others.is_delivered then others.own_date end)) as covered_date
from covered
left join together on covered.raw_table = together.raw_table
left join together as jobs on together.job = jobs.job
left join covered as others on coalesce(jobs.raw_table, covered.raw_table) = others.raw_table
group by covered.raw_table, covered.is_delivered, covered.company_date
{% endmacro %}


{% macro tables_without_facts() %}
    {%- set found = [] -%}
    {%- for system, tables in raw_tables().items() -%}{%- for table in tables -%}
        {%- set contract = contract_of(system ~ '__' ~ table) -%}
        {%- if not fact_column(contract) -%}{%- do found.append(system ~ '.' ~ table) -%}{%- endif -%}
    {%- endfor -%}{%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# Pairs of a raw table and the number of the job that loads it, by the var loaded_together. #}
{% macro jobs_that_load() %}
    {%- set found = [['', 0]] -%}
    {%- for names in var('loaded_together') -%}{%- set job = loop.index -%}{%- for name in names -%}
        {%- set system, _, table = name.partition('.') -%}
        {%- set known = raw_tables().get(system, []) -%}
        {%- if not known or (table and table not in known) -%}
            {%- do stop("The var loaded_together names " ~ name ~ ", which is no raw table (app.orders) and no source system (app).") -%}
        {%- endif -%}
        {%- for each in ([table] if table else known) -%}{%- do found.append([system ~ '.' ~ each, job]) -%}{%- endfor -%}
    {%- endfor -%}{%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{% macro stop_at_no_day(name, pattern, data_type) %}
    {%- set value = var(name) | string -%}
    {%- if value and (not modules.re.fullmatch(pattern, value)
            or run_query('select try_cast(' ~ quoted(value) ~ ' as ' ~ data_type ~ ')').rows[0][0] is none) -%}
        {%- do stop("The var " ~ name ~ " (vars.yml or --vars) is '" ~ value ~ "'. Write a day as YYYY-MM-DD"
            ~ (", or a moment in UTC as YYYY-MM-DD HH:MM:SS" if data_type == 'timestamp') ~ ".") -%}
    {%- endif -%}
{% endmacro %}


{% macro settled_as_of() %}
with fact_days as (
    select
        fact_day,
        sum(row_count) as fact_count,
        min(first_day) as first_day
    from {{ landed_days() }}
    where fact_day is not null
    group by fact_day
),

counted as (
    select
        *,
        {{ dbt.datediff('lag(fact_day) over (order by fact_day)', 'fact_day', 'day') }} as days_before,
        sum(fact_count) over (order by fact_day) - fact_count as older_count,
        sum(fact_count) over (order by fact_day desc) as newer_count,
        case
            when sum(fact_count) over () >= {{ var('stray_facts_from') }}
                then greatest(1, {{ var('stray_facts_share') }} * sum(fact_count) over ())
            else 0
        end as stray_count
    from fact_days
),

-- A few facts far from all others are slips of a pen or of a clock.
bounds as (
    select
        max(case
            when days_before > {{ var('stray_days_at_start') }} and older_count <= stray_count then fact_day
        end) as from_day,
        min(case
            when days_before > {{ var('stray_days_at_end') }} and newer_count <= stray_count then fact_day
        end) as stray_day
    from counted
),

facts as (
    select
        (select min(first_day) from {{ landed_days() }}) as first_day,
        max(fact_days.fact_day) as last_fact_date,
        max(bounds.from_day) as from_day,
        min(fact_days.first_day) as first_usual_day
    from fact_days
    cross join bounds
    where
        (fact_days.fact_day >= bounds.from_day or bounds.from_day is null)
        and (fact_days.fact_day < bounds.stray_day or bounds.stray_day is null)
),

arrivals as (
    select
        min(first_load_at) as first_load_at,
        max(last_load_at) as last_load_at,
        max(last_arrival_at) as last_arrival_at
    from {{ landed_files() }}
),

given as (
    select
        {{ "cast('" ~ var('as_of') ~ "' as date)" if var('as_of') else 'cast(null as date)' }} as as_of_date,
        {{ moment_given(var('known_until') | string) }} as known_until
),

known as (
    select
        facts.*,
        given.as_of_date as given_date,
        arrivals.last_arrival_at,
        coalesce(
            given.known_until,
            {{ first_moment_after(dbt.dateadd('day', 1, 'given.as_of_date')) }} - interval 1 microsecond
        ) as bound_at,
        {{ reporting_date('arrivals.first_load_at') }} as first_load_date,
        {{ reporting_date('least(arrivals.last_load_at, given.known_until)') }} as last_load_date,
        {{ reporting_date('given.known_until') }} as known_date
    from facts
    cross join arrivals
    cross join given
),

-- What was loaded in one go has no earlier day that is whole.
covered as (
    select
        *,
        case
            when first_load_date < last_load_date
                then cast({{ dbt.dateadd('day', -1, 'last_load_date') }} as date)
            else last_load_date
        end as load_covers
    from known
),

settled as (
    select
        *,
        coalesce(
            given_date,
            load_covers,
            least(last_fact_date, known_date),
            {{ reporting_date(run_moment()) }}
        ) as as_of_date,
        case
            when given_date is not null then 'the var as_of'
            when first_load_date < last_load_date then 'the day before the newest _loaded_at'
            when load_covers is not null then 'the only day of _loaded_at'
            when last_fact_date is not null then 'the newest day of all facts, for want of _loaded_at'
            else 'the day of the run, for want of data'
        end as decided_by
    from covered
)

select
    as_of_date,
    decided_by,
    coalesce(
        least(bound_at, last_arrival_at),
        {{ first_moment_after('as_of_date') }} - interval 1 microsecond
    ) as known_until,
    least(
        as_of_date,
        case
            when load_covers is null then as_of_date
            else greatest(load_covers, last_fact_date)
        end
    ) as covered_date,
    coalesce(least(first_day, as_of_date), as_of_date) as first_day,
    coalesce(least(first_usual_day, as_of_date), as_of_date) as metrics_from
from settled
{% endmacro %}


{# A moment that a var gives, in UTC; a day alone is given with all its hours, as reports count them. #}
{% macro moment_given(text) -%}
    {%- if not text -%}
    cast(null as timestamp)
    {%- elif text | length == 10 -%}
    {{ first_moment_after("cast('" ~ text ~ "' as date)") }} - interval 1 microsecond
    {%- else -%}
    cast('{{ text }}' as timestamp)
    {%- endif -%}
{%- endmacro %}


{# A seed was landed before the run; its node says how that went. #}
{% materialization seed, adapter='duckdb' %}
    {%- set landed = run_query('select relation_type, problem from ' ~ landed_files() ~ ' where table_name = ' ~ quoted(model.name)) -%}
    {%- set relation_type, problem = landed.rows[0] -%}
    {%- if problem -%}{%- do stop(problem) -%}{%- endif -%}
    {# The seed runner asks for a result with rows; the rows themselves stay in DuckDB. #}
    {%- call statement('main', fetch_result=true) -%}select 1 as landed{%- endcall -%}
    {%- do store_result('agate_table', response='OK', agate_table=load_result('main').table) -%}
    {%- set relation = this.incorporate(type=relation_type) -%}
    {%- do persist_docs(relation, model) -%}
    {{- adapter.commit() -}}
    {{- return({'relations': [relation]}) -}}
{% endmaterialization %}
