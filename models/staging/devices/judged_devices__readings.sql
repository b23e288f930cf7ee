{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='row_key',
    on_schema_change='fail',
    pre_hook="{{ forget_later('row_key') }}",
) }}
-- One row per raw row that had arrived, judged once.
-- depends_on: {{ ref('as_of') }}
{{ judged_by_arrival('devices', 'readings') }}
