{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_days(ref('raw_devices__readings')) }}",
) }}
{{ validated(ref('raw_devices__readings')) }}
