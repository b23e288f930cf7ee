{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='row_key',
    on_schema_change='fail',
    pre_hook="{{ forget_changed_days(ref('raw_devices__readings')) }}",
) }}
{{ validated(ref('raw_devices__readings')) }}
