{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='row_key',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_days('devices', 'readings') }}",
) }}
-- One row per raw row that had arrived, judged once.
-- depends_on: {{ as_of() }}
-- depends_on: {{ ref('raw_devices__readings') }}
{{ judged_by_arrival('devices', 'readings') }}
