{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_devices__readings')) }}",
) }}
{{ validated(ref('raw_devices__readings')) }}
