{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_experiments__exposures')) }}",
) }}
{{ validated(ref('raw_experiments__exposures')) }}
