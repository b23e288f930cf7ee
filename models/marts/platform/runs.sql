{{ config(
    materialized='incremental', full_refresh=false, on_schema_change='append_new_columns'
) }}

select
    cast(null as varchar) as invocation_id,
    cast(null as varchar) as command,
    cast(null as varchar) as target_name,
    cast(null as varchar) as schedule_run,
    cast(null as varchar) as step,
    cast(null as varchar) as status,
    cast(null as varchar) as project_version,
    cast(null as varchar) as code_hash,
    cast(null as varchar) as data_hash,
    cast(null as bigint) as node_count,
    cast(null as bigint) as test_count,
    cast(null as boolean) as is_whole,
    cast(null as boolean) as is_full_refresh,
    cast(null as boolean) as is_empty,
    cast(null as date) as as_of_date,
    cast(null as timestamp) as known_until,
    cast(null as timestamp) as started_at,
    cast(null as timestamp) as finished_at
where false
