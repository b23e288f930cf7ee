{# Before an incremental model of validated rows: takes out the rows whose raw row is new, gone or comes another number of
   times than it was kept, and those that other settings of the run, or another state of their parent, may judge otherwise.
   Where other currencies or countries are known than when they were kept, that is all rows. #}
{% macro forget_changed_rows(raw, rates=none, countries=none, parent=none) -%}
    {%- if execute and is_incremental() -%}
    {%- set contract = contract_of(raw.identifier | replace('raw_', '', 1)) -%}
    {%- set kept_columns = contract.columns.values() | list + [deleted_column()] -%}
    {%- set is_of_this = "model_name = '" ~ this.identifier ~ "'" -%}
    delete from {{ this }}
    where not exists (
        select 1 from {{ kept_inputs() }} where {{ is_of_this }} and inputs = {{ known_words(rates, countries) }}
    );
    create or replace temporary table {{ changed_rows() }} as
    select raw_fingerprint
    from (
        select {{ raw_fingerprint(contract) }} as raw_fingerprint, 1 as n from {{ raw }} as raw_rows
        union all
        select raw_fingerprint, -1 as n from {{ this }}
    ) as compared
    group by raw_fingerprint
    having sum(n) <> 0
    union
    select with_state.raw_fingerprint
    from (
        select kept.*, {{ state_of_the_run(contract) }} as state
        from (
            select
                raw_fingerprint,
                arrived_at,
                {%- for column in kept_columns if column.data_type in ('timestamp', 'date') %}
                {{ column.name }} as {{ column.name }}__typed{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ this }}
        ) as kept
        cross join {{ as_of() }} as as_of
    ) as with_state
    cross join (select as_of_date, known_until from {{ kept_inputs() }} where {{ is_of_this }}) as settings
    where with_state.state <> {{ state_of_the_run(contract) }}
    {%- if parent %}
    {%- set parent_key = parent_key_of(contract) %}
    union
    select kept.raw_fingerprint
    from {{ this }} as kept
    left join ({{ keys_that_wait(parent, parent_key) }}) as later_parents on kept.{{ parent_key }} = later_parents.later_key
    where
        kept.later_reason is distinct from '{{ arrived_later() }}'
        and (kept.later_reason is null) = (later_parents.later_key is not null)
    {%- endif %};
    create or replace temporary table {{ changed_keys() }} as
    select distinct row_key from {{ this }} where raw_fingerprint in (select raw_fingerprint from {{ changed_rows() }});
    delete from {{ this }} where raw_fingerprint in (select raw_fingerprint from {{ changed_rows() }});
    {%- endif -%}
    {%- if execute %}
    delete from {{ kept_inputs() }} where model_name = '{{ this.identifier }}';
    insert into {{ kept_inputs() }}
    select '{{ this.identifier }}', as_of_date, known_until, {{ known_words(rates, countries) }} from {{ as_of() }};
    {{ remember_settings() }}
    {%- else -%}
    select 1
    {%- endif -%}
{%- endmacro %}


{# A raw row as a number; rows that say the same, however often, have the same. #}
{% macro raw_fingerprint(contract) -%}
    {%- set names = ['raw_rows._unreadable_line', 'raw_rows._deleted_at'] -%}
    {%- for name in contract.columns -%}{%- do names.append('raw_rows.' ~ name) -%}{%- endfor -%}
    {{ row_fingerprint(names) }}
{%- endmacro %}


{# All that as_of and known_until decide of a typed row, as a number. #}
{% macro state_of_the_run(contract) -%}
    {%- set conditions = [
        'arrived_at > known_until',
        'least(_deleted_at__typed, _loaded_at__typed) <= known_until',
    ] -%}
    {%- if fact_column(contract) -%}{%- do conditions.append(happened_after_as_of(contract, '__typed')) -%}{%- endif -%}
    {%- for column in contract.columns.values() | list + [deleted_column()] if is_of_the_past(column) -%}
        {%- do conditions.append(
            column.name ~ '__typed > ' ~ last_moment_of(column.name, contract.config.meta, known_at(contract) | trim)
        ) -%}
    {%- endfor -%}
    {%- for condition in conditions -%}
    case when {{ condition }} then {{ 2 ** loop.index0 }} else 0 end{{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# The currencies and the names of countries that rows are judged by, as a text that is another when they are. #}
{% macro known_words(rates, countries) -%}
    concat_ws(
        ' ',
        'words'
        {%- if rates %}, (select cast({{ fingerprint(['currency']) }} as varchar) from (select distinct currency from {{ rates }}) as known_rates){% endif %}
        {%- if countries %}, (select cast({{ fingerprint(['country_name', 'country_code']) }} as varchar) from ({{ codes_of(countries) }}) as names){% endif %}
    )
{%- endmacro %}


{# The raw rows that this run validates, by their fingerprints; the list lives as long as the run's connection. #}
{% macro changed_rows() -%}
    changed_rows_of_{{ this.identifier }}
{%- endmacro %}


{% macro forget_changed(
    parent, keys, parent_state=['count(*)', 'bit_xor(fingerprint)'], own_state=none
) -%}
    {%- if is_incremental() -%}
    {%- set key_list = keys | join(', ') -%}
    create or replace temporary table {{ changed_keys() }} as
    select
        {%- for key in keys %}
        coalesce(arrived.{{ key }}, kept.{{ key }}) as {{ key }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select {{ key_list }}, {{ key_of(parent_state) }} as state
        from {{ parent }}
        group by {{ key_list }}
    ) as arrived
    full join (
        select {{ key_list }}, {{ key_of(own_state or parent_state) }} as state
        from {{ this }}
        group by {{ key_list }}
    ) as kept
        on {% for key in keys %}arrived.{{ key }} = kept.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    where arrived.state is distinct from kept.state;
    delete from {{ this }} where {{ is_changed(keys) }};
    {%- endif -%}
    {{ keep_changes(keys) if execute else 'select 1' }}
{%- endmacro %}


{# Before a model that has the keys of its parent: takes out those that the parent has built again since this model was built
   last. Where the parent was built as a whole since, so is this model (should_full_refresh). #}
{% macro forget_changed_in(parent, keys) -%}
    {%- if execute and is_incremental() -%}
    create table if not exists {{ changes_of(parent) }} as
    select {{ keys | join(', ') }}, cast(0 as bigint) as build_number from {{ this }} limit 0;
    create or replace temporary table {{ changed_keys() }} as
    select distinct {{ keys | join(', ') }}
    from {{ changes_of(parent) }}
    where build_number > (
        select max(build_number) from {{ taken_changes() }}
        where model_name = '{{ this.identifier }}' and parent_name = '{{ parent.identifier }}'
    );
    delete from {{ this }} where {{ is_changed(keys) }};
    {%- endif -%}
    {%- if execute %}
    delete from {{ taken_changes() }} where model_name = '{{ this.identifier }}';
    insert into {{ taken_changes() }}
    select '{{ this.identifier }}', '{{ parent.identifier }}', coalesce(max(build_number), 0)
    from {{ kept_changes() }}
    where model_name = '{{ parent.identifier }}';
    {%- endif -%}
    {{ keep_changes(keys) if execute else 'select 1' }}
{%- endmacro %}


{# Writes down which keys this build builds again, for the models that take them. #}
{% macro keep_changes(keys) -%}
    {%- set is_of_this = "model_name = '" ~ this.identifier ~ "'" -%}
    insert into {{ kept_changes() }}
    select
        '{{ this.identifier }}',
        coalesce(max(build_number), 0) + 1,
        {{ 'coalesce(max(whole_number), 1)' if is_incremental() else 'coalesce(max(build_number), 0) + 1' }}
    from {{ kept_changes() }}
    where {{ is_of_this }};
    delete from {{ kept_changes() }}
    where
        {{ is_of_this }}
        and build_number < (select max(build_number) from {{ kept_changes() }} where {{ is_of_this }});
    {%- if is_incremental() %}
    create table if not exists {{ changes_of(this) }} as
    select {{ keys | join(', ') }}, cast(0 as bigint) as build_number from {{ changed_keys() }} limit 0;
    insert into {{ changes_of(this) }}
    select {{ keys | join(', ') }}, (select build_number from {{ kept_changes() }} where {{ is_of_this }})
    from {{ changed_keys() }}
    where exists (select 1 from {{ taken_changes() }} where parent_name = '{{ this.identifier }}');
    {%- else %}
    drop table if exists {{ changes_of(this) }};
    {%- endif %}
    {{ remember_settings() }}
{%- endmacro %}


{# After all models: change sets that all their readers have taken are of no more use, and name persons. #}
{% macro forget_taken_changes() %}
    {%- if execute -%}
        {%- set written = run_query(
            'select taken.parent_name, min(taken.build_number) from ' ~ taken_changes() ~ ' as taken'
            ~ " inner join information_schema.tables as written on written.table_schema = 'raw'"
            ~ " and written.table_name = 'changes_of_' || taken.parent_name group by taken.parent_name"
        ).rows -%}
        {%- for parent_name, taken_number in written -%}
            {%- do run_query('delete from ' ~ changes_of({'identifier': parent_name}) ~ ' where build_number <= ' ~ taken_number) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{% macro is_changed(keys, relation=none) -%}
    {%- if is_incremental() -%}
    ({% for key in keys %}{{ relation ~ '.' if relation }}{{ key }}{{ ', ' if not loop.last }}{% endfor %}) in (
        select {{ keys | join(', ') }} from {{ changed_keys() }}
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}


{# The keys that this run builds again; the list lives as long as the run's connection. #}
{% macro changed_keys() -%}
    changed_keys_of_{{ this.identifier }}
{%- endmacro %}


{# What an incremental model was built with, one row a model: with anything else it is built again as a whole. #}
{% macro built_settings() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='built_settings')) }}
{% endmacro %}


{# What else each incremental model of validated rows was built with: the settings of its run, and the words it knew. #}
{% macro kept_inputs() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='kept_inputs')) }}
{% endmacro %}


{# How often each model that is built by key was built, and in which of these builds as a whole. #}
{% macro kept_changes() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='kept_changes')) }}
{% endmacro %}


{# Up to which build of its parent each model has taken the parent's changes. #}
{% macro taken_changes() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='taken_changes')) }}
{% endmacro %}


{# The keys that a model built again, with the number of the build. #}
{% macro changes_of(relation) %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='changes_of_' ~ relation.identifier)) }}
{% endmacro %}


{# What each incremental model is built with in this run. #}
{% macro settings_of_the_run() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='settings_of_the_run')) }}
{% endmacro %}


{# In place of dbt's own: an increment beside rows of other vars, of older SQL or of other columns would be wrong, or fail, and
   so would one of a parent that was built as a whole since.
   A model that says `full_refresh: false` has rows that nothing could make again. #}
{% macro should_full_refresh() %}
    {%- if config.get('full_refresh') is false %}{{ return(false) }}{% endif -%}
    {{ return(
        flags.FULL_REFRESH
        or execute and flags.WHICH in ('build', 'run') and model.config.materialized == 'incremental'
        and load_cached_relation(this) is not none and not run_query(
            '(select model_name, settings from ' ~ built_settings() ~ ' where model_name = ' ~ quoted(this.identifier)
            ~ ' intersect select model_name, settings from ' ~ settings_of_the_run()
            ~ ') except select built.model_name, built.settings from ' ~ built_settings() ~ ' as built'
            ~ ' inner join ' ~ taken_changes() ~ ' as taken on built.model_name = taken.model_name'
            ~ ' inner join ' ~ kept_changes() ~ ' as kept on taken.parent_name = kept.model_name'
            ~ ' where kept.whole_number > taken.build_number'
        ).rows
    ) }}
{% endmacro %}


{% macro remember_settings() -%}
    delete from {{ built_settings() }} where model_name = '{{ this.identifier }}';
    insert into {{ built_settings() }}
    select model_name, settings from {{ settings_of_the_run() }} where model_name = '{{ this.identifier }}'
{%- endmacro %}


{# Before any model: a hash, for each incremental model, of the vars that say how rows are read and counted (which rows
   there are so far is compared row by row), and of the SQL of the model and of all models before it. #}
{% macro settle_settings() %}
    {%- set text = run_query("select content from read_text('vars.yml')").rows[0][0] -%}
    {%- set values = [] -%}
    {%- for name in fromyaml(text).vars | sort if name not in ('as_of', 'known_until', 'areas') -%}
        {%- do values.append(name ~ '=' ~ var(name)) -%}
    {%- endfor -%}
    {#- To look a node up in the graph makes a dictionary of it each time. -#}
    {%- set nodes = dict(graph.nodes) -%}
    {%- set versions = {} -%}
    {%- set settings = [] -%}
    {%- for node in nodes.values() if node.config.materialized == 'incremental' -%}
        {%- set settled = local_md5(version_of(node.unique_id, nodes, versions) ~ values | join('\n')) -%}
        {%- do settings.append('(' ~ quoted(node.alias) ~ ', ' ~ quoted(settled) ~ ')') -%}
    {%- endfor -%}
    {%- do run_query('create table if not exists ' ~ built_settings() ~ ' (model_name varchar, settings varchar)') -%}
    {%- do run_query('create table if not exists ' ~ kept_changes() ~ ' (model_name varchar, build_number bigint, whole_number bigint)') -%}
    {%- do run_query('create table if not exists ' ~ taken_changes() ~ ' (model_name varchar, parent_name varchar, build_number bigint)') -%}
    {%- do run_query('create table if not exists ' ~ kept_inputs()
        ~ ' (model_name varchar, as_of_date date, known_until timestamp, inputs varchar)') -%}
    {%- do run_query('create or replace table ' ~ settings_of_the_run() ~ ' (model_name varchar, settings varchar)') -%}
    {%- if settings -%}{%- do run_query('insert into ' ~ settings_of_the_run() ~ ' values ' ~ settings | join(', ')) -%}{%- endif -%}
{% endmacro %}


{# A hash of a model's file, or of a seed's contract, and of the versions of all that it reads; `versions` keeps each. #}
{% macro version_of(name, nodes, versions) %}
    {%- if name not in versions -%}
        {%- set node = nodes[name] -%}
        {%- set parts = [] -%}
        {%- for column in node.columns.values() if node.resource_type == 'seed' -%}
            {%- do parts.append(column.name ~ ' ' ~ column.data_type ~ ' ' ~ tojson(column.config.meta, sort_keys=true)) -%}
        {%- endfor -%}
        {%- if parts and name.startswith('seed.' ~ project_name ~ '.raw_') -%}
            {%- do parts.append(deleted_column().name ~ ' ' ~ node.config.meta.deleted_rows) -%}
        {%- endif -%}
        {%- do parts.append(node.checksum.checksum) if not parts -%}
        {%- for parent in node.depends_on.get('nodes', []) | sort if parent in nodes -%}
            {%- do parts.append(versions[parent] or version_of(parent, nodes, versions)) -%}
        {%- endfor -%}
        {%- do versions.update({name: local_md5(parts | join('\n'))}) -%}
    {%- endif -%}
    {{ return(versions[name]) }}
{% endmacro %}
