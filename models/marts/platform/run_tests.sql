{{ config(
    materialized='incremental', full_refresh=false, on_schema_change='append_new_columns'
) }}

select
    cast(null as varchar) as invocation_id,
    cast(null as varchar) as node_id,
    cast(null as varchar) as tested_node_id,
    cast(null as varchar) as test_name,
    cast(null as varchar) as test_kind,
    cast(null as varchar) as tested_node_name,
    cast(null as varchar) as status,
    cast(null as varchar) as compiled_hash,
    cast(null as varchar) as message,
    cast(null as bigint) as failures,
    cast(null as double) as seconds,
    cast(null as date) as run_date
where false
