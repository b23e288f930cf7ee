{{ config(materialized='table') }}
{{ validated(ref('raw_experiments__experiments')) }}
