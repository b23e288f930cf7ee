with landed_assumptions as (
    select
        table_name,
        assumption_number,
        file,
        column_name,
        assumption,
        value_before,
        value_after,
        value_count
    from {{ landed_assumptions() }}
),

by_raw_table as (
    select
        split_part(substr(table_name, 5), '__', 1) as source_system,
        split_part(substr(table_name, 5), '__', 2) as table_name,
        assumption_number,
        file,
        column_name,
        assumption,
        value_before,
        value_after,
        value_count
    from landed_assumptions
)

select * from by_raw_table
