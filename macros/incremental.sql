{# What an incremental model of validated rows compares the new ones with: the rows it kept of the same keys, and versions
   whose replacement was taken out. #}
{% macro kept_beside(new_rows) -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | reject('equalto', 'row_status') | join(', ') -%}
keys_without_a_newest_row as (
    select row_key from {{ this }} where row_status = 'superseded'
    except
    select row_key from {{ this }} where row_status = 'staged'
),

compared as (
    select {{ columns }} from {{ new_rows }}
    union all
    select {{ columns }} from {{ this }}
    where
        row_key in (select row_key from {{ new_rows }})
        or row_key in (select row_key from keys_without_a_newest_row)
)
{%- endmacro %}


{# Before an incremental model of validated rows: takes out the arrival days whose number of raw rows, of those that are
   later for either reason, or of those that say that they are deleted, differs from what is kept. The numbers decide which rows are later: they are the last ones. #}
{% macro forget_changed_days(raw) -%}
    {%- if execute and is_incremental() -%}
    {%- set contract = contract_of(raw.identifier | replace('raw_', '', 1)) -%}
    create or replace temporary table {{ changed_days() }} as
    select coalesce(raw_days.arrival_day, kept_days.arrival_day) as arrival_day
    from (
        select
            {{ arrival_day('arrived_at') }} as arrival_day,
            {{ numbers_of_rows() | join(', ') }}
        from (
            select
                arrived_at,
                is_deleted,
                {{ later_reason(contract, 'arrived_at', '') }} as later_reason
            from (
                select
                    raw_rows.*,
                    {{ arrival(contract) }} as arrived_at,
                    {{ is_deleted(contract, '') }} as is_deleted,
                    as_of.as_of_date,
                    as_of.known_until
                from {{ raw }} as raw_rows
                cross join {{ as_of() }} as as_of
            ) as raw_rows
        ) as raw_arrivals
        group by 1
    ) as raw_days
    full join (
        select
            {{ arrival_day('arrived_at') }} as arrival_day,
            {{ numbers_of_rows() | join(', ') }}
        from {{ this }}
        group by 1
    ) as kept_days
        on raw_days.arrival_day = kept_days.arrival_day
    where
        raw_days.row_count is distinct from kept_days.row_count
        or raw_days.later_count is distinct from kept_days.later_count
        or raw_days.late_arrival_count is distinct from kept_days.late_arrival_count
        or raw_days.deleted_count is distinct from kept_days.deleted_count;
    delete from {{ this }} where {{ is_on_changed_day('arrived_at') }};
    {{ remember_settings() }}
    {%- else -%}
    {{ remember_settings() if execute else 'select 1' }}
    {%- endif -%}
{%- endmacro %}


{% macro numbers_of_rows() -%}
    {{ return([
        'count(*) as row_count',
        'count(later_reason) as later_count',
        "count(case when later_reason = '" ~ arrived_later() ~ "' then 1 end) as late_arrival_count",
        'count(case when is_deleted then 1 end) as deleted_count',
    ]) }}
{%- endmacro %}


{# Whether a moment is on a day that this run judges again. #}
{% macro is_on_changed_day(moment) -%}
    {{ arrival_day(moment) }} in (select arrival_day from {{ changed_days() }})
{%- endmacro %}


{# The arrival days that this run judges again; the list lives as long as the run's connection. #}
{% macro changed_days() -%}
    changed_days_of_{{ this.identifier }}
{%- endmacro %}


{% macro arrival_day(moment) -%}
    coalesce(cast({{ moment }} as date), cast('1970-01-01' as date))
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
    {{ remember_settings() if execute }}
    {%- else -%}
    {{ remember_settings() if execute else 'select 1' }}
    {%- endif -%}
{%- endmacro %}


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


{# What each incremental model is built with in this run. #}
{% macro settings_of_the_run() %}
    {{ return(api.Relation.create(database=target.database, schema='raw', identifier='settings_of_the_run')) }}
{% endmacro %}


{# In place of dbt's own: an increment beside rows of other vars, of older SQL or of other columns would be wrong, or fail.
   A model that says `full_refresh: false` has rows that nothing could make again. #}
{% macro should_full_refresh() %}
    {%- if config.get('full_refresh') is false %}{{ return(false) }}{% endif -%}
    {{ return(
        flags.FULL_REFRESH
        or execute and flags.WHICH in ('build', 'run') and model.config.materialized == 'incremental'
        and load_cached_relation(this) is not none and not run_query(
            'select model_name, settings from ' ~ built_settings() ~ ' where model_name = ' ~ quoted(this.identifier)
            ~ ' intersect select model_name, settings from ' ~ settings_of_the_run()
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
