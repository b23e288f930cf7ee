{{ config(materialized='table') }}
{{ validated(ref('raw_app__order_status_events')) }}
