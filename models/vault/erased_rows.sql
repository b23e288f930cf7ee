with erased as (
    select
        table_name,
        row_status,
        person,
        arrival_date,
        row_count
    from {{ erased_rows() }}
),

by_raw_table as (
    select
        split_part(substr(table_name, 5), '__', 1) as source_system,
        split_part(substr(table_name, 5), '__', 2) as table_name,
        row_status,
        person as customer_id,
        cast(sum(row_count) as bigint) as row_count,
        arrival_date
    from erased
    group by all
)

select * from by_raw_table
