with counts as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        coalesce(cast(arrived_at as date), cast('1970-01-01' as date)) as arrival_date,
        row_status,
        case when row_status = 'later' then later_reason end as later_reason,
        count(*) as row_count
    from {{ ref('validated_' ~ system ~ '__' ~ table) }}
    group by 1, 2, 3, 4, 5
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
)

select * from counts
