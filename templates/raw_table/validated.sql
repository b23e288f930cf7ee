{{ config(materialized='table') }}
{{ validated(ref('raw_$name')) }}
