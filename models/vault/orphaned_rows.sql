-- One row per staged row and column that names a parent which is not there.
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
