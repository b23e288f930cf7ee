{# The areas that the project has: every one is a group. #}
{% macro all_areas() %}
    {{ return((graph.groups or {}).values() | map(attribute='name') | sort | list) }}
{% endmacro %}


{# A misspelt area would be left out without a word. #}
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
    {%- endif %}
{% endmacro %}
