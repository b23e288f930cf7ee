with rejected as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select
        '{{ system }}' as source_system,
        '{{ table }}' as table_name,
        row_key,
        reject_reason,
        raw_row,
        arrived_at
    from {{ ref('validated_' ~ system ~ '__' ~ table) }}
    where row_status = 'rejected'
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
),

split as (
    select
        source_system,
        table_name,
        nullif(row_key, '') as row_key,
        nullif(split_part(reject_reason, ': ', 1), '') as column_name,
        split_part(split_part(reject_reason, '; ', 1), ': ', 2) as reason,
        case when reject_reason like ': %' then substr(reject_reason, 3) else reject_reason end
            as reasons,
        raw_row,
        arrived_at
    from rejected
)

select * from split
