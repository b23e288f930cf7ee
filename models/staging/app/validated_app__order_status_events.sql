{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_app__order_status_events')) }}",
) }}
{{ validated(ref('raw_app__order_status_events')) }}
