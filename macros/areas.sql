{# The areas that the project has: every one is a group. #}
{% macro all_areas() %}
    {{ return((graph.groups or {}).values() | map(attribute='name') | sort | list) }}
{% endmacro %}


{# A misspelt area would be left out without a word, and a folder without its entries be built without a rule. #}
{% macro stop_at_unknown_areas() %}
    {%- if execute %}
        {%- set areas = var('areas') %}
        {%- set unknown = [areas] if areas is string else areas | reject('in', all_areas()) | list %}
        {%- if unknown %}
            {%- do exceptions.raise_compiler_error(
                "The var areas (vars.yml or --vars) is " ~ areas ~ ": " ~ unknown[0]
                ~ (" is no list" if areas is string else " is no area")
                ~ ". Write a list of some of these: [" ~ all_areas() | join(", ") ~ "]."
            ) %}
        {%- endif %}
        {#- The last model of each folder and group speaks for all of them. -#}
        {%- set places = {} %}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] == 'marts' %}
            {%- do places.update({(node.fqn[2], node.config.group): node.name}) %}
        {%- endfor %}
        {%- for (area, group), name in places.items() %}
            {%- set missing = missing_of_area(area, group) %}
            {%- if missing %}
                {%- do exceptions.raise_compiler_error(
                    "The folder models/marts/" ~ area ~ " is no whole area yet (" ~ name ~ " lies in it). " ~ missing
                ) %}
            {%- endif %}
        {%- endfor %}
    {%- endif %}
{% endmacro %}


{# What to add before a folder of models/marts is an area; empty when it is one. #}
{% macro missing_of_area(area, group) %}
    {%- if area not in all_areas() %}
        {{ return("Add the group " ~ area ~ " with its owner in models/marts/" ~ area ~ "/_" ~ area ~ "__groups.yml, and "
            ~ area ~ " to both lists of areas in dbt_project.yml and to areas in vars.yml.") }}
    {%- elif group != area %}
        {{ return("Add " ~ area ~ " to both lists of areas in dbt_project.yml, as its neighbours are, and to areas in vars.yml.") }}
    {%- endif %}
    {%- set values = graph.nodes['model.' ~ project_name ~ '.metric_values'] %}
    {%- set part = 'model.' ~ project_name ~ '.' ~ area ~ '_metric_values' %}
    {%- if metrics_of(area) and part not in values.depends_on.nodes %}
        {{ return("It has metrics: compute them in models/marts/" ~ area ~ "/metrics/" ~ area
            ~ "_metric_values.sql, as its neighbours do, and add " ~ area ~ " to the list in models/metrics/metric_values.sql.") }}
    {%- endif %}
    {{ return('') }}
{% endmacro %}


{# The areas' parts of a table that every area brings rows of, by what their names end in; an area that is switched off,
   or whose part does not exist yet, has none. #}
{% macro parts_of_areas(areas, ending) %}
    {%- set parts = [] %}
    {#- ml needs trust. -#}
    {%- for area in areas if area in var('areas') and (area != 'ml' or 'trust' in var('areas')) %}
        {%- set part = ref(area ~ ending) %}
        {#- On a first build, a part whose area has a failed test does not exist. -#}
        {%- if not execute or load_relation(part) %}{% do parts.append(part) %}{% endif %}
    {%- endfor %}
    {{ return(parts) }}
{% endmacro %}
