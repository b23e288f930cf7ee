{{ config(
    materialized='incremental', full_refresh=false, on_schema_change='append_new_columns'
) }}

select
    cast(null as varchar) as invocation_id,
    cast(null as varchar) as node_id,
    cast(null as varchar) as node_name,
    cast(null as varchar) as kind,
    cast(null as varchar) as materialized,
    cast(null as varchar) as status,
    cast(null as varchar) as compiled_hash,
    cast(null as varchar) as message,
    cast(null as bigint) as row_count,
    cast(null as double) as seconds
where false
