{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_ml__predictions')) }}",
) }}
{{ validated(ref('raw_ml__predictions')) }}
