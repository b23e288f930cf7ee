{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(
        ref('raw_app__order_items'),
        parent=ref('raw_app__orders')
    ) }}",
) }}
{{ validated(ref('raw_app__order_items'), parent=ref('raw_app__orders')) }}
