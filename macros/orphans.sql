{% macro orphans() -%}
    {%- set relations = {} -%}
    {%- for system, tables in raw_tables().items() -%}{%- for table in tables -%}
        {%- do relations.update({system ~ '.' ~ table: ref('stg_' ~ system ~ '__' ~ table)}) -%}
    {%- endfor -%}{%- endfor -%}
    {%- do relations.update({'reference.brand_names': ref('brand_names')}) -%}
    {%- set selects = [] -%}
    {%- for system, tables in raw_tables().items() if execute -%}{%- for table in tables -%}
        {%- set contract = contract_of(system ~ '__' ~ table) -%}
        {%- for column in contract.columns.values() if column.config.meta.parent -%}
            {%- do selects.append(orphans_of(system, table, column, contract.config.meta.key, relations)) -%}
        {%- endfor -%}
    {%- endfor -%}{%- endfor -%}
    {{ selects | join('\n    union all') }}
{%- endmacro %}


{% macro orphans_of(system, table, column, key, relations) %}
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
{%- endmacro %}
