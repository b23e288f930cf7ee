with orphans as (
    {{ orphans() }}
)

select
    source_system,
    table_name,
    row_key,
    column_name,
    parent_table,
    missing_key
from orphans
