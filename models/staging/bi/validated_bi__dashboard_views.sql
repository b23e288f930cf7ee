{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed_rows(ref('raw_bi__dashboard_views')) }}",
) }}
{{ validated(ref('raw_bi__dashboard_views')) }}
