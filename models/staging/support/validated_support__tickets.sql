{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_support__tickets')) }}",
) }}
{{ validated(ref('raw_support__tickets')) }}
