{# After a run in which something failed. dbt skips all that descends from a failed test, and every metric descends from every area;
   but a red area shall silence its own metrics only. So what is left of them stays and is marked as stale, and the models of
   metrics that were skipped for it are made of the parts that there are. #}
{% macro keep_the_other_metrics(results) %}
    {%- if execute %}
    {%- set without = [] %}
    {%- for result in results if result.status in ('error', 'skipped') and is_metric_part(result.node) %}
        {%- do without.append(result.node.fqn[2]) %}
        {%- do mark_as_stale(result.node) %}
    {%- endfor %}
    {%- set through, skipped = {}, [] %}
    {%- for id, node in graph.nodes.items() if node.resource_type == 'model' and node.fqn[1] == 'metrics' %}
        {%- do through.update({id: node}) %}
    {%- endfor %}
    {%- for result in results if result.status == 'skipped' and result.node.unique_id in through %}
        {%- do skipped.append(result.node.unique_id) %}
    {%- endfor %}
    {%- set made = [] %}
    {#- dbt skips parents before their children. -#}
    {%- for id in skipped %}
        {%- if without and not reason_to_skip(with_all_above(id, through), results, [id] + made) and make(through[id]) %}
            {%- do made.append(id) %}
        {%- else %}
            {%- do mark_as_stale(through[id]) %}
        {%- endif %}
    {%- endfor %}
    {%- if without %}
        {%- do log(
            "The metrics of " ~ without | join(", ") ~ " are those of an earlier build, marked is_stale"
            ~ (", since something above them failed. The other metrics were built." if made else "."), info=true) %}
    {%- endif %}
    {%- endif %}
{% endmacro %}


{# Whether a model of metrics was rightly skipped: what it is made of, the areas' parts aside, failed or was skipped itself. #}
{% macro reason_to_skip(made_of, results, made) %}
    {%- for result in results if result.status in ('error', 'fail', 'skipped') %}
        {%- set node = result.node %}
        {%- if node.resource_type in ('test', 'unit_test') %}
            {%- for id in node.depends_on.nodes if result.status != 'skipped' and id in made_of
                    and graph.nodes[id].fqn[1] in ('metrics', 'reference') %}{{ return(true) }}{% endfor %}
        {%- elif node.unique_id in made_of and node.unique_id not in made and not is_metric_part(node) %}
            {{ return(true) }}
        {%- endif %}
    {%- endfor %}
    {{ return(false) }}
{% endmacro %}


{% macro is_metric_part(node) %}
    {{ return(node.resource_type == 'model' and node.name == node.fqn[2] ~ '_metric_values') }}
{% endmacro %}


{# Builds a model outside of its turn; returns whether there was something to build it from. #}
{% macro make(node) %}
    {%- set dbt_ref = ref %}
    {#- dbt lets a hook read only what its own text names. -#}
    {%- do context.update({'ref': relation_named}) %}
    {%- set sql = render(node.raw_code) | trim %}
    {%- do context.update({'ref': dbt_ref}) %}
    {%- set relation = relation_named(node.name) %}
    {%- set existing = load_relation(relation) %}
    {%- set kind = 'view' if node.config.materialized == 'view' else 'table' %}
    {%- if existing and existing.type != kind %}{% do adapter.drop_relation(existing) %}{% endif %}
    {%- if sql %}{% do run_and_commit('create or replace ' ~ kind ~ ' ' ~ relation ~ ' as (' ~ sql ~ '\n)') %}{% endif %}
    {{ return(sql != '') }}
{% endmacro %}


{% macro relation_named(name) %}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') and node.name == name %}
        {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
    {%- endfor %}
{% endmacro %}


{% macro mark_as_stale(node) %}
    {%- set relation = load_relation(relation_named(node.name)) %}
    {%- if relation and relation.is_table
            and 'is_stale' in adapter.get_columns_in_relation(relation) | map(attribute='name') %}
        {%- do run_and_commit('update ' ~ relation ~ ' set is_stale = true') %}
    {%- endif %}
{% endmacro %}


{# What a hook does is rolled back at its end. #}
{% macro run_and_commit(sql) %}
    {%- call statement(auto_begin=true) %}{{ sql }}{% endcall %}
    {%- do adapter.commit() %}
{% endmacro %}
