{{ config(materialized='table') }}
{{ validated(ref('raw_app__order_items'), parent=ref('raw_app__orders')) }}
