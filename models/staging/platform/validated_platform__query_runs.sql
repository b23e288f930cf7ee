{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_platform__query_runs')) }}",
) }}
{{ validated(ref('raw_platform__query_runs')) }}
