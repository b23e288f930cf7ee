{%- set planned = [] %}
{%- for system, tables in raw_tables().items() if execute %}{% for table in tables %}
    {%- if contract_of(system ~ '__' ~ table).config.meta.is_planned %}
        {%- do planned.append(system ~ '__' ~ table) %}
    {%- endif %}
{%- endfor %}{% endfor %}
-- What the first load of a table brought is history, and no day of arrivals.
with arrivals as (
    select
        source_system || '__' || table_name as raw_table,
        raw_row_count,
        rejected_count,
        superseded_count,
        arrival_date,
        row_number() over (
            partition by source_system, table_name order by arrival_date
        ) as load_number
    from {{ ref('raw_row_days') }}
),

measured as (
    select
        'seed.{{ project_name }}.raw_' || raw_table as node_id,
        arrival_date as measured_date,
        raw_table in ('{{ planned | join("', '") }}') as is_planned,
        {{ each_of(all_measures([
            measure("'arrived rows'", 'count', '', 'raw_row_count', 'raw_row_count'),
            measure("'rejected rows'", 'share', '', 'rejected_count', 'raw_row_count'),
        ])) }} as one
    from arrivals
    where load_number > 1 and raw_row_count > 0
),

described as (
    select
        node_id,
        measured_date,
        one.measure,
        case
            when one.kind = 'count' and is_planned then 'planned count' else one.kind
        end as kind,
        one.column_name,
        one.hits,
        one.n,
        one.average,
        one.variance,
        one.cubes,
        one.fourths
    from measured
)

select * from described
