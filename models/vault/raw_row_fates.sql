-- One row per raw table, arrival day and fate: how many raw rows met it.
with counts as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        {{ arrival_day('arrived_at') }} as arrival_date,
        fate,
        count(*) as row_count
    from ({{ judged(system, table) }}) as judged_rows
    group by 1, 2, 3, 4
    {%- if system ~ '__' ~ table in event_tables() %}
    union all
    {{ later_rows(system, table) }}
    {%- endif %}
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
)

select * from counts
