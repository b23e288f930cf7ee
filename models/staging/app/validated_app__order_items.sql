{{ config(materialized='table') }}
{{ validated(ref('raw_app__order_items'), parent=ref('validated_app__orders')) }}
