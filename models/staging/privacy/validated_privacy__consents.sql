{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_privacy__consents')) }}",
) }}
{{ validated(ref('raw_privacy__consents')) }}
