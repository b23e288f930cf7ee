{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_days(ref('raw_ml__predictions')) }}",
) }}
{{ validated(ref('raw_ml__predictions')) }}
