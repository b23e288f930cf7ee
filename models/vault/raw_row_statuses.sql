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
),

-- These were counted when they were taken out of the raw tables.
erased as (
    select
        source_system,
        table_name,
        arrival_date,
        'erased' as row_status,
        cast(null as varchar) as later_reason,
        sum(row_count) as row_count
    from {{ ref('erased_rows') }}
    where row_status = 'erased'
    group by source_system, table_name, arrival_date
),

statuses as (
    select * from counts
    union all
    select * from erased
)

select * from statuses
