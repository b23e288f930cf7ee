{# How files become tables. A run that lands any seed first looks at every file: one that has changed since it was
   landed (size, time, hash of its head), or whose contract has, is landed again. What was landed is written to
   raw.landed_files, and as_of is settled from it before any model runs. #}

{% macro land_files() %}
    {%- if execute and flags.WHICH in ('build', 'seed', 'run') -%}
        {%- set seeds = seeds_of_the_project() if lands_seeds() else [] -%}
        {%- do make_list_of_landed_files() -%}
        {%- set known = fingerprints_of_landed_files() -%}
        {%- for seed in seeds -%}
            {%- do land_file(seed, known.get(seed.name, '')) -%}
        {%- endfor -%}
        {%- do settle_as_of() -%}
    {%- endif -%}
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


{# One row per seed: what was landed last, or what is wrong with its file. Timestamps are those up to the moment of the
   run; `looked_until` is the first beyond it, from when on the file must be looked at again. #}
{% macro make_list_of_landed_files() %}
    {%- for schema in ('raw', 'staging') -%}
        {%- do run_query('create schema if not exists ' ~ api.Relation.create(database=target.database, schema=schema).without_identifier()) -%}
    {%- endfor -%}
    {%- do run_query('create table if not exists ' ~ landed_files() ~ ' (
        table_name varchar,
        file varchar,
        relation_type varchar,
        fingerprint varchar,
        problem varchar,
        row_count bigint,
        first_arrival_at timestamp,
        last_arrival_at timestamp,
        first_day date,
        last_fact_at timestamp,
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
    {%- for column in seed.columns.values() -%}
        {%- set meta = column.config.meta -%}
        {%- set may_lack = true if meta.optional or 'default' in meta or 'default_var' in meta else false -%}
        {%- do columns.update({column.name: {
            'data_type': column.data_type,
            'may_lack': may_lack,
            'may_be_empty': true if may_lack or meta.may_be_empty else false,
            'accepted': meta.accepted or [],
        }}) -%}
    {%- endfor -%}
    {{ return({
        'name': seed.name,
        'is_raw': seed.name.startswith('raw_'),
        'required': seed.config.meta.required | default(false, true),
        'is_demo_only': seed.config.meta.demo | default(false, true),
        'default_file': adapter.get_seed_file_path(seed),
        'columns': columns,
        'keys': seed.config.meta.get('keys') or [],
        'settings': [var('source_timezone'), var('reporting_timezone'), seed.config.meta.moment or '', var('first_plausible_day')],
    }) }}
{% endmacro %}


{% macro land_file(seed, known) %}
    {%- set relation = api.Relation.create(database=target.database, schema=seed.schema, identifier=seed.name) -%}
    {%- set request = tojson({
        'table': as_landing_table(seed),
        'relation': relation | string,
        'folder': env_var('GROUNDWORK_RAW', ''),
        'known': known,
    }) -%}
    {%- set plan = fromjson(run_query('select landing_plan(' ~ quoted(request) ~ ')').columns[0].values()[0]) -%}
    {%- if plan.is_of_the_folder -%}{%- do stop(plan.problem) -%}{%- endif -%}
    {%- if not plan.is_unchanged -%}
        {#- First, so that a file whose landing is interrupted is landed again. -#}
        {%- do run_query('delete from ' ~ landed_files() ~ ' where table_name = ' ~ quoted(seed.name)) -%}
        {%- do run_query('create schema if not exists ' ~ relation.without_identifier()) -%}
        {%- if not plan.problem -%}
            {%- set old_relation = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
            {%- if old_relation -%}{%- do adapter.drop_relation(old_relation) -%}{%- endif -%}
            {%- for statement in plan.statements -%}{%- do run_query(statement) -%}{%- endfor -%}
        {%- endif -%}
        {%- do run_query('insert into ' ~ landed_files() ~ ' ' ~ landed_file(seed, relation, plan)) -%}
    {%- endif -%}
{% endmacro %}


{# The row of raw.landed_files, as a select. #}
{% macro landed_file(seed, relation, plan) %}
    {%- set meta = seed.config.meta -%}
    {%- set moment = seed.columns[meta.moment] if meta.moment -%}
    select
        {{ quoted(seed.name) }},
        {{ quoted(plan.file) if plan.file else 'null' }},
        {{ quoted(plan.type) if plan.type else 'null' }},
        {{ quoted(plan.fingerprint) if plan.fingerprint else 'null' }},
        {{ quoted(plan.problem) if plan.problem else 'null' }},
    {%- if plan.problem or not seed.name.startswith('raw_') %}
        null, null, null, null, null, null
    {%- else %}
        count(*),
        min(case when loaded_at <= {{ run_moment() }} then loaded_at end),
        max(case when loaded_at <= {{ run_moment() }} then loaded_at end),
        least({% for column in plausible_columns(seed) %}min(case when {{ column.name }}_day >= '{{ var("first_plausible_day") }}' then {{ column.name }}_day end), {% endfor %}null),
        max(case when happened_at <= {{ run_moment() }} then happened_at end),
        least(
            min(case when loaded_at > {{ run_moment() }} then loaded_at end),
            min(case when happened_at > {{ run_moment() }} then happened_at end)
        )
    from (
        select
        {%- for column in plausible_columns(seed) %}
            {{ typed(column) if column.data_type == 'date' else reporting_date(typed(column)) }} as {{ column.name }}_day,
        {%- endfor %}
            {{ 'cast(' ~ typed(moment) ~ ' as timestamp)' if moment else 'cast(null as timestamp)' }} as happened_at,
            {{ typed(seed.columns['_loaded_at']) }} as loaded_at
        from {{ relation }} as raw_rows
    )
    {%- endif %}
{% endmacro %}


{# The columns of a raw table that say when something happened: the calendar begins with the oldest of their days. #}
{% macro plausible_columns(seed) %}
    {%- set found = [] -%}
    {%- for column in seed.columns.values() if column.config.meta.past or column.name == seed.config.meta.moment -%}
        {%- do found.append(column) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# The settings of the run: one row with as_of_date, the last day that counts, what decided it, and first_day, the first
   day of the calendar. It is a table beside the models and no model: what reads it does not depend on every raw table. #}
{% macro as_of() -%}
    {{ return(api.Relation.create(database=target.database, schema='staging', identifier='as_of')) }}
{%- endmacro %}


{% macro settle_as_of() %}
    {%- set old_relation = adapter.get_relation(target.database, 'staging', 'as_of') -%}
    {%- if old_relation and not old_relation.is_table -%}{%- do adapter.drop_relation(old_relation) -%}{%- endif -%}
    {%- do run_query('create or replace table ' ~ as_of() ~ ' as ' ~ settled_as_of()) -%}
{% endmacro %}


{% macro settled_as_of() %}
with newest as (
    select
        {{ reporting_date('min(first_arrival_at)') }} as first_arrival_date,
        {{ reporting_date('max(last_arrival_at)') }} as last_arrival_date,
        {{ reporting_date("max(case when table_name in ('raw_app__orders', 'raw_payments__payments', "
            "'raw_app__subscription_changes', 'raw_events__events') then last_fact_at end)") }} as last_fact_date
    from {{ landed_files() }}
),

settled as (
    {%- if var('as_of') %}
    select
        cast('{{ var("as_of") }}' as date) as as_of_date,
        'the var as_of' as decided_by
    {%- else %}
    -- What was loaded in one go has no earlier day that is whole.
    select
        case
            when first_arrival_date < last_arrival_date
                then cast({{ dbt.dateadd('day', -1, 'last_arrival_date') }} as date)
            else coalesce(last_arrival_date, last_fact_date, {{ reporting_date(run_moment()) }})
        end as as_of_date,
        case
            when first_arrival_date < last_arrival_date then 'the day before the newest _loaded_at'
            when last_arrival_date is not null then 'the only day of _loaded_at'
            when last_fact_date is not null
                then 'the newest day of orders, payments, subscription changes and events'
            else 'the day of the run, for want of data'
        end as decided_by
    from newest
    {%- endif %}
)

select
    settled.as_of_date,
    settled.decided_by,
    coalesce(
        (select min(first_day) from {{ landed_files() }} where first_day <= settled.as_of_date),
        settled.as_of_date
    ) as first_day
from settled
{% endmacro %}


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
