{% macro orphans() -%}
    {%- set relations = {} -%}
    {%- for system, tables in raw_tables().items() -%}{%- for table in tables -%}
        {%- do relations.update({system ~ '.' ~ table: ref('stg_' ~ system ~ '__' ~ table)}) -%}
    {%- endfor -%}{%- endfor -%}
    {%- set validated_relations = {} -%}
    {%- for system, tables in raw_tables().items() -%}{%- for table in tables -%}
        {%- do validated_relations.update({system ~ '.' ~ table: ref('validated_' ~ system ~ '__' ~ table)}) -%}
    {%- endfor -%}{%- endfor -%}
    {%- do relations.update({'reference.brand_names': ref('brand_names')}) -%}
    {%- set selects = [] -%}
    {%- for system, tables in raw_tables().items() if execute -%}{%- for table in tables -%}
        {%- set contract = contract_of(system ~ '__' ~ table) -%}
        {%- for column in contract.columns.values() if column.config.meta.parent -%}
            {%- do selects.append(orphans_of(system, table, column, contract.config.meta.key, relations, validated_relations)) -%}
        {%- endfor -%}
    {%- endfor -%}{%- endfor -%}
    {{ selects | join('\n    union all') }}
{%- endmacro %}


{# A row whose parent is not there; one that is later than as_of is there, and its children wait for it. #}
{% macro orphans_of(system, table, column, key, relations, validated_relations) %}
    {%- set parent = column.config.meta.parent -%}
    {%- set parts = [] -%}
    {%- for name in key -%}{%- do parts.append('cast(children.' ~ name ~ ' as varchar)') -%}{%- endfor -%}
    {%- set parent_key = 'brand' if parent == 'reference.brand_names' else contract_of(parent.replace('.', '__')).config.meta.key[0] %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        {{ readable_key(parts) }} as row_key,
        '{{ column.name }}' as column_name,
        '{{ parent }}' as parent_table,
        children.{{ column.name }} as missing_key
    from {{ relations[system ~ '.' ~ table] }} as children
    left join {{ relations[parent] }} as parents
        on children.{{ column.name }} = parents.{{ parent_key }}
    where
        children.{{ column.name }} is not null
        and parents.{{ parent_key }} is null
        and exists (select 1 from {{ relations[parent] }})
    {%- if parent in validated_relations %}
        and not exists (
            select 1
            from (
                select {{ parent_key }} from {{ validated_relations[parent] }} where {{ waits_for_as_of() }}
            ) as later_parents
            where later_parents.{{ parent_key }} = children.{{ column.name }}
        )
    {%- endif %}
{%- endmacro %}


{# Each rejected row beside the staged one of the same key, with what says which of the two is newer. #}
{% macro rejected_beside_staged() -%}
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    {%- set version = contract_of(system ~ '__' ~ table).config.meta.version if execute %}
    {%- set version = version or '_loaded_at' %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        staged.row_key,
        rejected.reject_reason,
        staged._loaded_at as staged_loaded_at,
        rejected._loaded_at as rejected_loaded_at,
        staged.{{ version }} as staged_version,
        rejected.{{ version }} as rejected_version,
        rejected.reject_reason like '%{{ version }}: not a%' as has_no_version,
        staged.arrived_at as staged_arrived_at,
        rejected.arrived_at as rejected_arrived_at
    from {{ ref('validated_' ~ system ~ '__' ~ table) }} as rejected
    inner join {{ ref('validated_' ~ system ~ '__' ~ table) }} as staged
        on rejected.row_key = staged.row_key
    where
        rejected.row_status = 'rejected'
        and staged.row_status = 'staged'
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
{%- endmacro %}
