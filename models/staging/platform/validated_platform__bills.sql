{{ config(materialized='table') }}
{{ validated(ref('raw_platform__bills')) }}
