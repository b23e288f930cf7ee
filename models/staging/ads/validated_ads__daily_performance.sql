{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_ads__daily_performance')) }}",
) }}
{{ validated(ref('raw_ads__daily_performance')) }}
