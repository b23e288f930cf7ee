{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_events__events')) }}",
) }}
{{ validated(ref('raw_events__events')) }}
