{{ config(materialized='table') }}
{{ validated(ref('raw_bi__questions')) }}
